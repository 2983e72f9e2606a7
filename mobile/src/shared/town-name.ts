// A town's name in running text and in tight places.

const OFFICIAL =
  /^(Landeshauptstadt|Große Kreisstadt|Universitätsstadt|Hansestadt|Kreisstadt|Verbandsgemeinde|Samtgemeinde|Gemeinde|Markt|Stadt) /;

/** "Musterstadt" of "Stadt Musterstadt": what people call the place. */
export function shortName(name: string): string {
  return name.replace(OFFICIAL, '');
}

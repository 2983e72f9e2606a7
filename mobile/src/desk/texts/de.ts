const de = {
  title: 'Arbeitsplatz',
};

export default de;
export type Texts = typeof de;

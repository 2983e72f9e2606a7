const de = {
  title: 'Anzeige',
};

export default de;
export type Texts = typeof de;

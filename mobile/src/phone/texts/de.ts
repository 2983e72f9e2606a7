const de = {
  title: 'Simuliertes Telefon',
};

export default de;
export type Texts = typeof de;

const de = {
  title: 'Betrieb',
};

export default de;
export type Texts = typeof de;

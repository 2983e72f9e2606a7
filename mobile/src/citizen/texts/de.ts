const de = {
  title: 'Termine',
};

export default de;
export type Texts = typeof de;

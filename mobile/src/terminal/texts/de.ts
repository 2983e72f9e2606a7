const de = {
  title: 'Terminal',
};

export default de;
export type Texts = typeof de;

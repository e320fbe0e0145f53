module.exports = {
  mode: "production",
  entry: "./list.js",
  output: {clean: true},
};

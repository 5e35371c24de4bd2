// Jest runs each test file in a context whose global object is intercepted property by property, so that every use of
// `Math`, `Map` or `Buffer` in what is tested costs many times what it costs in Node.js itself. A context
// with an ordinary global object is as isolated, and seeded explorations run several times as fast in it.
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

module.exports = class extends TestEnvironment {
  constructor(config, context) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }
};

/** Node's own words for status codes. */

// An `import` of node:http reads everything that it exports, its WebSocket among that, and so loads
// undici: a tenth of the time of the start.
export const { STATUS_CODES } = process.getBuiltinModule('node:http');

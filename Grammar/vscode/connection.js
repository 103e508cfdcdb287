// Messages to and from a server over its standard input and output: JSON behind a header with its length.
const { spawn } = require('child_process');

class Connection {
  /** `tell` is called with the method and the parameters of each notification, `end` once when the server is no more. */
  constructor(command, words, { tell, end }) {
    Object.assign(this, { tell, end, waiting: new Map(), last: 0, buffer: Buffer.alloc(0), isOver: false });
    this.process = spawn(command, words);
    this.process.on('error', (error) => this.over(error));
    this.process.on('exit', () => this.over(null));
    // What is written to a server that has just ended is lost; that it ended is told by itself.
    this.process.stdin.on('error', () => {});
    this.process.stderr.resume();
    this.process.stdout.on('data', (chunk) => {
      this.buffer = Buffer.concat([this.buffer, chunk]);
      for (let message = this.take(); message; message = this.take()) this.handle(message);
    });
  }

  notify(method, params) { this.send({ method, params }); }

  /** What the server answers; what it refuses it says in words, which the editor shows. */
  request(method, params) {
    if (this.isOver) return Promise.reject(new Error('autocheck has ended'));
    return new Promise((resolve, reject) => {
      this.last += 1;
      this.waiting.set(this.last, { resolve, reject });
      this.send({ id: this.last, method, params });
    });
  }

  stop() {
    this.isStopped = true;
    this.process.kill();
  }

  send(message) {
    if (this.isOver) return;
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    this.process.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.process.stdin.write(body);
  }

  /** The next whole message; undefined until all of it has come. */
  take() {
    const end = this.buffer.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const length = Number(/Content-Length: (\d+)/i.exec(this.buffer.slice(0, end).toString())?.[1]);
    if (this.buffer.length < end + 4 + length) return undefined;
    const body = this.buffer.slice(end + 4, end + 4 + length);
    this.buffer = this.buffer.slice(end + 4 + length);
    return JSON.parse(body.toString());
  }

  handle(message) {
    if (message.method) return this.tell(message.method, message.params);
    const asked = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error) asked?.reject(new Error(message.error.message));
    else asked?.resolve(message.result);
    return undefined;
  }

  /** Nobody is left waiting for an answer that cannot come. */
  over(error) {
    if (this.isOver) return;
    this.isOver = true;
    for (const { reject } of this.waiting.values()) reject(new Error('autocheck has ended'));
    this.waiting.clear();
    if (!this.isStopped) this.end(error);
  }
}

module.exports = { Connection };

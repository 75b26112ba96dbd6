// Loaded into the extension before its own code: ends it with the sandbox that started it, however that ends.
process.stdin.once('close', () => void process.kill(process.pid, 'SIGTERM'));
process.stdin.resume();
process.stdin.unref();

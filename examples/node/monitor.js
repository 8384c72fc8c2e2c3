const HELP = `Follow UMA's three streams and print a line for each message, until Ctrl-C.

npm install
node monitor.js [server]     server: tower or tower:34600; else the environment's UMA_SERVER, else 127.0.0.1:34600
UMA_TOKEN in the environment is sent as the token.`;

if (process.argv.includes('--help') || process.argv.includes('-h')) {
    console.log(HELP);
    process.exit();
}

let WebSocket;
try {
    WebSocket = require('ws');
} catch {
    console.error('This needs ws: npm install');
    process.exit(1);
}

// The reader of the output, such as head, has ended.
process.stdout.on('error', () => process.exit());

const RECONNECT_AFTER = 5000;  // milliseconds
const token = process.env.UMA_TOKEN;
const headers = token ? { Authorization: `Bearer ${token}` } : {};
const server = addressOf(process.argv[2] || process.env.UMA_SERVER || '127.0.0.1:34600');

// ws://HOST:PORT for tower, tower:34600 or http://tower:34600/, and wss:// for https://.
function addressOf(written) {
    const host = written.replace(/^[a-z]+:\/\//i, '').replace(/\/.*$/, '');
    let address = `ws://${host}`;
    if (/^(https|wss):\/\//i.test(written)) {
        address = `wss://${host}`;
    } else if (!/:\d+$/.test(host)) {
        address += ':34600';
    }
    try {
        if (new URL(address).username || host.endsWith(':')) {
            throw new Error('no user, and a port is a number');
        }
    } catch {
        console.error(`${written} is not the address of a server, such as tower:34600`);
        process.exit(1);
    }
    return address;
}

// UMA's answer gives the reason, such as a missing token; another server's may not.
function reasonOf(body, status) {
    try {
        return JSON.parse(body).detail;
    } catch {
        return `${server} answered ${status}`;
    }
}

function follow(stream, describe) {
    const socket = new WebSocket(`${server}/api/v1/ws/${stream}`, { headers });

    socket.on('open', () => console.log(`Connected to ${stream}`));

    socket.on('message', (message) => console.log(describe(JSON.parse(message).data)));

    // Without this listener a refused connection would end the program; 'close' follows and retries.
    socket.on('error', (error) => console.error(`No connection to ${stream} at ${server}: ${error.message || error.code}`));

    // A retry would get the same.
    socket.on('unexpected-response', async (request, response) => {
        console.error(reasonOf((await response.toArray()).join(''), response.statusCode));
        process.exit(1);
    });

    socket.on('close', (code, reason) => {
        console.log(`Disconnected from ${stream}: ${code} ${reason}`);
        setTimeout(() => follow(stream, describe), RECONNECT_AFTER);
    });
}

follow('system/stats', (data) =>
    `CPU ${data.cpu_percent} %, memory ${data.memory_percent} %, up ${Math.floor(data.uptime / 3600)} h`);

follow('docker/events', (data) => `Docker: ${data.container_name} ${data.action}, now ${data.status}`);

follow('storage/status', (data) => {
    // A disk that is spun down has no temperature.
    const warm = [...data.disks, ...data.cache_disks].filter((disk) => disk.temperature !== null);
    const temperatures = warm.map((disk) => `${disk.name} ${disk.temperature} °C`).join(', ');
    return `Array ${data.array_status}, ${data.array_protection}; ${temperatures}`;
});

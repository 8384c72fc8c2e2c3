// A WebSocket that reconnects automatically after a restart of the daemon or of the server.
//
//     const socket = new ReconnectingSocket('ws://tower:34600/api/v1/ws/system/stats', (message) => show(message.data));
//     socket.onState = (state) => console.log(state);    // 'connected' or 'disconnected'
//     socket.close();                                    // for good
//
// In a browser load it by <script src="reconnecting.js">; in Node 22 or newer by require('./reconnecting.js').
class ReconnectingSocket {
    static FIRST_DELAY = 1000;  // milliseconds; doubles with each failed try
    static LAST_DELAY = 30000;

    constructor(url, onMessage) {
        this.url = url;
        this.onMessage = onMessage;
        this.onState = () => {};
        this.delay = ReconnectingSocket.FIRST_DELAY;
        this.connect();
    }

    connect() {
        this.socket = new WebSocket(this.url);
        this.socket.onopen = () => {
            this.delay = ReconnectingSocket.FIRST_DELAY;
            this.onState('connected');
        };
        this.socket.onmessage = (event) => this.onMessage(JSON.parse(event.data));
        // After an error there is always a close too, so this is the one place to retry from.
        this.socket.onclose = () => {
            this.onState('disconnected');
            // Not all pages at the same moment, so that a daemon that has just started is not flooded.
            const wait = this.delay * (0.5 + Math.random() / 2);
            this.timer = setTimeout(() => this.connect(), wait);
            this.delay = Math.min(this.delay * 2, ReconnectingSocket.LAST_DELAY);
        };
    }

    close() {
        clearTimeout(this.timer);
        this.socket.onclose = null;
        this.socket.close();
    }
}

if (typeof module !== 'undefined') {
    module.exports = { ReconnectingSocket };
}

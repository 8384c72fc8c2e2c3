// Several of UMA's streams over one WebSocket that reconnects automatically and reports each lost Docker event.
//
//     const socket = new ResumingSocket('ws://tower:34600/api/v1/ws', {
//         'system/stats': { interval: 1 },
//         'docker/events': {},
//     });
//     socket.onMessage = (stream, message) => show(stream, message.data);
//     socket.onGap = (gap) => console.log(`${gap.missing ?? 'some'} events of ${gap.stream} are lost`);
//     socket.onState = (state) => console.log(state);    // 'connected' or 'disconnected'
//     socket.close();                                    // for good
//
// In a browser load it by <script src="resuming.js">; in Node 22 or newer by require('./resuming.js').
class ResumingSocket {
    static FIRST_DELAY = 1000;  // milliseconds; doubles with each failed try
    static LAST_DELAY = 30000;

    // The keys of streams are their names, the values more keys for their subscriptions.
    constructor(url, streams) {
        this.url = url;
        this.streams = streams;
        this.onMessage = () => {};
        this.onGap = () => {};
        this.onError = (error) => console.warn(error.detail);
        this.onState = () => {};
        this.delay = ResumingSocket.FIRST_DELAY;
        // Epoch and seq of the last frame that had them, by stream: where to resume after a break.
        this.positions = {};
        this.connect();
    }

    connect() {
        this.socket = new WebSocket(this.url);
        this.socket.onopen = () => {
            this.onState('connected');
            for (const [stream, options] of Object.entries(this.streams)) {
                const command = { action: 'subscribe', stream, ...options, ...this.positions[stream] };
                this.socket.send(JSON.stringify(command));
            }
        };
        this.socket.onmessage = (event) => {
            this.delay = ResumingSocket.FIRST_DELAY;
            this.take(JSON.parse(event.data));
        };
        // After an error there is always a close too, so this is the one place to retry from.
        this.socket.onclose = () => {
            this.onState('disconnected');
            // Not all pages at the same moment, so that a daemon that has just started is not flooded.
            const wait = this.delay * (0.5 + Math.random() / 2);
            this.timer = setTimeout(() => this.connect(), wait);
            this.delay = Math.min(this.delay * 2, ResumingSocket.LAST_DELAY);
        };
    }

    take(frame) {
        if (frame.type === 'message') {
            this.onMessage(frame.stream, frame.message);
        } else if (frame.type === 'gap') {
            this.onGap(frame);
        } else if (frame.type === 'error' || frame.type === 'unsubscribed') {
            this.onError(frame);
        }
        if ('seq' in frame) {
            // Only after the message was handled: if that fails, the message comes again.
            this.positions[frame.stream] = { epoch: frame.epoch, seq: frame.seq };
        }
    }

    close() {
        clearTimeout(this.timer);
        this.socket.onclose = null;
        this.socket.close();
    }
}

if (typeof module !== 'undefined') {
    module.exports = { ResumingSocket };
}

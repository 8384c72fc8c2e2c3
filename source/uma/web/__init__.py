"""Who may read the streams, and how: WebSocket, REST and the dashboard over HTTP."""

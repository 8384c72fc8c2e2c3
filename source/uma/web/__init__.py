"""Access to the streams over HTTP: WebSocket, REST and the dashboard."""

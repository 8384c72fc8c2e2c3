<?php

declare(strict_types=1);

namespace Uma;

/** The running daemon, from its notice. Only root can read the notice, which holds a key to the daemon's data. */
final class Daemon
{
    private const SECONDS = 3.0;
    private const LARGEST = 4 * 1024 * 1024;

    private function __construct(
        public readonly string $version,
        public readonly string $bind,
        public readonly int $port,
        private readonly string $key,
        public readonly bool $hasTls,
    ) {
    }

    /** Null if none runs. */
    public static function find(): ?self
    {
        $text = @file_get_contents(Host::path(Host::NOTICE), false, null, 0, 4096);
        $notice = $text === false ? null : json_decode($text, true);
        if (!is_array($notice)) {
            return null;
        }
        $pid = (int) ($notice['pid'] ?? 0);
        // A process with the same number and another start time is a different one.
        if (self::startOf($pid) !== (int) ($notice['started'] ?? -1)) {
            return null;
        }
        return new self(
            (string) ($notice['version'] ?? ''),
            (string) ($notice['bind'] ?? ''),
            (int) ($notice['port'] ?? 0),
            (string) ($notice['key'] ?? ''),
            ($notice['tls'] ?? false) === true,
        );
    }

    /** Its addresses as a person types them; empty if it listens on every address. */
    public function address(): string
    {
        if (in_array($this->bind, ['0.0.0.0', '::', '*'], true)) {
            return "port $this->port";
        }
        $addresses = array_map(
            fn(string $bind): string => str_contains($bind, ':') ? "[$bind]:$this->port" : "$bind:$this->port",
            explode(' ', $this->bind)
        );
        return implode(', ', $addresses);
    }

    /**
     * Its address for a browser that reaches this server by the name $host; null if only the server itself can reach
     * it.
     */
    public function url(string $host): ?string
    {
        $isEvery = in_array($this->bind, ['0.0.0.0', '::', '*'], true);
        $bind = explode(' ', $this->bind)[0];
        if (!$isEvery && in_array($bind, ['127.0.0.1', '::1'], true)) {
            return null;
        }
        $name = $isEvery ? $host : (str_contains($bind, ':') ? "[$bind]" : $bind);
        $scheme = $this->hasTls ? 'https' : 'http';
        return "$scheme://$name:$this->port/";
    }

    /** Its answer at $path: status and body; null without one. */
    public function get(string $path): ?Answer
    {
        $bind = explode(' ', $this->bind)[0];
        $host = ['0.0.0.0' => '127.0.0.1', '::' => '::1', '*' => '127.0.0.1'][$bind] ?? $bind;
        $host = str_contains($host, ':') ? "[$host]" : $host;
        // Nothing of the browser's request is passed on, and a proxy that the server may have set is not asked.
        // The certificate names the server, and this is an address of its own.
        $tls = ['verify_peer' => false, 'verify_peer_name' => false];
        $context = stream_context_create(['ssl' => $tls, 'http' => [
            'method' => 'GET',
            'header' => "Authorization: Bearer $this->key\r\nConnection: close\r\n",
            'timeout' => self::SECONDS,
            'ignore_errors' => true,
            'follow_location' => 0,
        ]]);
        $scheme = $this->hasTls ? 'https' : 'http';
        $stream = @fopen("$scheme://$host:$this->port$path", 'r', false, $context);
        if ($stream === false) {
            return null;
        }
        $head = stream_get_meta_data($stream)['wrapper_data'][0] ?? '';
        $body = stream_get_contents($stream, self::LARGEST);
        $isCut = stream_get_meta_data($stream)['timed_out'];
        fclose($stream);
        if ($body === false || $isCut || !preg_match('~^HTTP/1\.[01] (\d{3})~', (string) $head, $match)) {
            return null;
        }
        return new Answer((int) $match[1], $body);
    }

    /** Start of process $pid in clock ticks since boot: field 22 of its stat, after a name with any characters. */
    private static function startOf(int $pid): ?int
    {
        $stat = $pid > 0 ? @file_get_contents("/proc/$pid/stat") : false;
        $fields = $stat === false ? [] : explode(' ', substr($stat, (int) strrpos($stat, ')') + 2));
        return isset($fields[19]) ? (int) $fields[19] : null;
    }
}

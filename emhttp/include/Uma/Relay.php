<?php

declare(strict_types=1);

namespace Uma;

/** What a page of the webGUI may read of the daemon. Its right to is the webGUI's login. */
final class Relay
{
    private const PATHS = [
        'health',
        'system/stats',
        'system/stats/history',
        'docker/events',
        'storage/status',
        'storage/smart',
    ];

    /** @param array<mixed> $query */
    public static function answer(string $method, array $query): Answer
    {
        if ($method !== 'GET') {
            return Answer::problem(405, 'Method Not Allowed', 'only GET is relayed');
        }
        $path = $query['path'] ?? null;
        if (!is_string($path) || !in_array($path, self::PATHS, true)) {
            return Answer::problem(404, 'Not Found', 'the relay has no such path');
        }
        $daemon = Daemon::find();
        if ($daemon === null) {
            return Answer::problem(503, 'Service Unavailable', 'UMA is not running');
        }
        $answer = $daemon->get("/api/v1/$path" . self::limit($path, $query));
        if ($answer === null) {
            return Answer::problem(503, 'Service Unavailable', 'UMA runs and does not answer');
        }
        // A daemon that has been started anew in between has another key; the page has no token to ask for.
        if (in_array($answer->status, [401, 403, 421], true)) {
            return Answer::problem(503, 'Service Unavailable', 'UMA has been started anew');
        }
        $type = $answer->status < 400 ? 'application/json' : 'application/problem+json';
        return new Answer($answer->status, $answer->body, $type);
    }

    /** @param array<mixed> $query */
    private static function limit(string $path, array $query): string
    {
        $limit = $query['limit'] ?? null;
        if ($path !== 'docker/events' || $limit === null) {
            return '';
        }
        return '?limit=' . (is_string($limit) && ctype_digit($limit) ? substr($limit, 0, 9) : 'none');
    }
}

<?php

declare(strict_types=1);

namespace Uma;

/** Data of the daemon for pages of the webGUI, whose login protects it. */
final class Relay
{
    /** A feed or an address beside it: two or three words. Pages need no streams and documents. */
    private const PATH = '~^(?:health|feeds|(?!ws/)[a-z0-9_]{1,64}/[a-z0-9_]{1,64}(?:/[a-z0-9_]{1,64})?)\z~';

    /** Allowed query parameters, and their form. */
    private const QUERY = ['limit' => '~^[0-9]{1,9}\z~', 'range' => '~^[a-z0-9]{1,8}\z~'];

    /** @param array<mixed> $query */
    public static function answer(string $method, array $query): Answer
    {
        if ($method !== 'GET') {
            return Answer::problem(405, 'Method Not Allowed', 'only GET is relayed');
        }
        $path = $query['path'] ?? null;
        if (!is_string($path) || !preg_match(self::PATH, $path)) {
            return Answer::problem(404, 'Not Found', 'the relay has no such path');
        }
        $daemon = Daemon::find();
        if ($daemon === null) {
            return Answer::problem(503, 'Service Unavailable', 'UMA is not running');
        }
        $answer = $daemon->get("/api/v1/$path" . self::query($query));
        if ($answer === null) {
            return Answer::problem(503, 'Service Unavailable', 'UMA runs and does not answer');
        }
        // A daemon that was restarted has another key; the page has no token to enter.
        if (in_array($answer->status, [401, 403, 421], true)) {
            return Answer::problem(503, 'Service Unavailable', 'UMA was restarted');
        }
        $type = $answer->status < 400 ? 'application/json' : 'application/problem+json';
        return new Answer($answer->status, $answer->body, $type);
    }

    /** @param array<mixed> $query */
    private static function query(array $query): string
    {
        $kept = [];
        foreach (self::QUERY as $name => $pattern) {
            $value = $query[$name] ?? null;
            if ($value !== null) {
                // Invalid values are passed on as well, so that the daemon reports the problem.
                $kept[$name] = is_string($value) && preg_match($pattern, $value) ? $value : 'none';
            }
        }
        return $kept === [] ? '' : '?' . http_build_query($kept);
    }
}

<?php

declare(strict_types=1);

namespace Uma;

/** An HTTP answer: its status, its body, and the body's type. */
final class Answer
{
    public function __construct(
        public readonly int $status,
        public readonly string $body,
        public readonly string $type = 'application/json',
    ) {
    }

    /** @param array<string, mixed> $value */
    public static function json(int $status, array $value): self
    {
        return new self($status, json_encode($value, JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR));
    }

    /** An error in the daemon's own format (RFC 9457). */
    public static function problem(int $status, string $title, string $detail): self
    {
        $problem = ['type' => 'about:blank', 'title' => $title, 'status' => $status, 'detail' => $detail];
        return new self($status, self::json($status, $problem)->body, 'application/problem+json');
    }

    /** Send it; no output may precede it. */
    public function send(): void
    {
        http_response_code($this->status);
        header("Content-Type: $this->type; charset=utf-8");
        header('Cache-Control: no-store');
        header('X-Content-Type-Options: nosniff');
        echo $this->body;
    }
}

<?php

declare(strict_types=1);

namespace Uma;

/** One row of the form: a key of uma.cfg, its texts, and its valid values. */
final class Setting
{
    /**
     * @param array<string, string> $choices  label by value; without any it is a line of text
     * @param string $pattern  a regular expression that browsers and PCRE read alike, for the whole of the text
     */
    private function __construct(
        public readonly string $key,
        public readonly string $label,
        public readonly string $help,
        public readonly array $choices = [],
        public readonly string $pattern = '.*',
        public readonly string $wanted = '',
        public readonly ?int $min = null,
        public readonly ?int $max = null,
        public readonly bool $isAddresses = false,
    ) {
    }

    /** @param array<string, mixed> $row  of settings.json */
    public static function fromRow(array $row): self
    {
        $pattern = $row['pattern'] ?? '.*';
        if (isset($row['least'])) {
            $pattern = '[0-9]{1,9}';
        }
        if (isset($row['is_address'])) {
            $pattern = '\*|[0-9A-Fa-f:., ]+';
        }
        return new self(
            $row['key'],
            $row['label'],
            $row['help'],
            $row['choices'] ?? [],
            $pattern,
            $row['wanted'],
            $row['least'] ?? null,
            $row['most'] ?? null,
            isset($row['is_address']),
        );
    }

    /** Check if $value is valid, as far as possible here; the daemon decides. */
    public function allows(string $value): bool
    {
        // Characters that would end the value in the file, or that a shell reading it would run.
        if (preg_match('/["\\\\`$\x00-\x1f\x7f]/', $value)) {
            return false;
        }
        if ($this->choices !== []) {
            return isset($this->choices[$value]);
        }
        $pattern = str_replace('~', '\~', $this->pattern);
        if (!preg_match("~^(?:$pattern)\$~Du", $value)) {
            return false;
        }
        $isInRange = $this->min === null || ((int) $value >= $this->min && (int) $value <= $this->max);
        return $isInRange && (!$this->isAddresses || self::areAddresses($value));
    }

    private static function areAddresses(string $value): bool
    {
        $addresses = preg_split('/[ ,]+/', $value, -1, PREG_SPLIT_NO_EMPTY);
        $isEach = static fn(string $address): bool => filter_var($address, FILTER_VALIDATE_IP) !== false;
        return $value === '*' || ($addresses !== [] && $addresses === array_filter($addresses, $isEach));
    }
}

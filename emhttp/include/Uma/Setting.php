<?php

declare(strict_types=1);

namespace Uma;

/** One row of the form: a key of uma.cfg, what a person reads, and what it may hold. */
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

    /** @param array<string, string> $choices */
    public static function choice(string $key, string $label, array $choices, string $help): self
    {
        return new self($key, $label, $help, $choices, wanted: implode(', ', array_keys($choices)));
    }

    public static function yesNo(string $key, string $label, string $help): self
    {
        return self::choice($key, $label, ['yes' => 'Yes', 'no' => 'No'], $help);
    }

    public static function number(string $key, string $label, int $min, int $max, string $help): self
    {
        $wanted = "a whole number from $min to $max";
        return new self($key, $label, $help, [], '[0-9]{1,9}', $wanted, $min, $max);
    }

    /** IP addresses with blanks between, or * for all. */
    public static function addresses(string $key, string $label, string $help): self
    {
        $wanted = 'IP addresses with blanks between, or * for all';
        return new self($key, $label, $help, [], '\*|[0-9A-Fa-f:., ]+', $wanted, isAddresses: true);
    }

    public static function text(string $key, string $label, string $pattern, string $wanted, string $help): self
    {
        return new self($key, $label, $help, [], $pattern, $wanted);
    }

    /** Whether it may hold $value, as far as can be told here; the daemon has the last word. */
    public function allows(string $value): bool
    {
        // What would end the value in the file, or be run by a shell that reads it.
        if (preg_match('/["\\\\`$\x00-\x1f\x7f]/', $value)) {
            return false;
        }
        if ($this->choices !== []) {
            return isset($this->choices[$value]);
        }
        if (!preg_match("~^(?:$this->pattern)\$~Du", $value)) {
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

<?php

/** Prints true for each [key, value] in the JSON on standard input that the form allows: allows.php AUTOLOAD. */

declare(strict_types=1);

require $argv[1];

$settings = Uma\Settings::byKey();
$asked = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
echo json_encode(array_map(
    static fn(array $ask): ?bool => isset($settings[$ask[0]]) ? $settings[$ask[0]]->allows($ask[1]) : null,
    $asked
));

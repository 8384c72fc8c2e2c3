<?php

/** Asked by nginx about every request. */

declare(strict_types=1);

session_start(['read_and_close' => true]);
http_response_code(isset($_SESSION['unraid_login']) ? 200 : 401);

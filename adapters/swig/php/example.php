<?php
// SPDX-License-Identifier: MIT
// What docs/languages/swig.md shows, in PHP.

// [section:create]
require 'zinc.php';

$region = Zinc\SharedRegion::create('frames', 1 << 20);
$region->write(0, 'hello');
$region->notify();
// [end:create]

// [section:open]
require_once 'zinc.php';

(function () {
    $frames = Zinc\SharedRegion::open('frames');
    if ($frames->wait(1000)) {
        echo $frames->read(0, 5), "\n";
    }
})(); // closed here
// [end:open]

// [section:bytes]
$region->write(16, pack('C*', 1, 2, 3, 4));             // a string, at offset 16
echo implode(' ', unpack('C*', $region->read(16, 4))), "\n";
// [end:bytes]

// [section:wait]
$region->notify();
if ($region->wait(1000)) {                              // milliseconds; without: for ever
    echo "notified\n";
}
if (!$region->wait(10)) {
    echo "timed out\n";
}
$region->tryWait();                                     // asks, does not wait
// [end:wait]

// [section:close]
$region->close();                                       // closing twice is harmless
try {
    $region->read(0, 5);
} catch (Zinc\ClosedError) {
    echo "closed\n";
}
// [end:close]

// [section:errors]
try {
    Zinc\SharedRegion::open('no-such-region');
} catch (Zinc\NotFoundError $failure) {                 // a Zinc\Error
    echo $failure->statusName, "\n";
    if (getenv('VERBOSE')) {
        echo $failure->getMessage(), $failure->remedy();
    }
}
// [end:errors]

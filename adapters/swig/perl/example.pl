# SPDX-License-Identifier: MIT
# What docs/languages/swig.md shows, in Perl.

use strict;
use warnings;

# [section:create]
use Zinc;

my $region = Zinc::SharedRegion->create('frames', 1 << 20);
$region->write(0, 'hello');
$region->notify;
# [end:create]

# [section:open]
use Zinc;

{
    my $frames = Zinc::SharedRegion->open('frames');
    print $frames->read(0, 5), "\n" if $frames->wait(1000);
}    # closed here
# [end:open]

# [section:bytes]
$region->write(16, pack 'C*', 1, 2, 3, 4);              # a string of bytes, at offset 16
print join(' ', unpack 'C*', $region->read(16, 4)), "\n";
# [end:bytes]

# [section:wait]
$region->notify;
print "notified\n" if $region->wait(1000);              # milliseconds; without: for ever
print "timed out\n" if !$region->wait(10);
$region->try_wait;                                      # asks, does not wait
# [end:wait]

# [section:close]
$region->close;                                         # closing twice is harmless
eval { $region->read(0, 5) };
print "closed\n" if $@ && $@->kind eq 'closed';
# [end:close]

# [section:errors]
eval { Zinc::SharedRegion->open('no-such-region') };
if (ref $@ && $@->isa('Zinc::Error::NotFound')) {       # a Zinc::Error
    print $@->name, "\n";
    warn $@->message, ' ', $@->remedy if $ENV{VERBOSE};
}
# [end:errors]

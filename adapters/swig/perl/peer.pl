# SPDX-License-Identifier: MIT
# The program `peer` of adapters/scenarios/README.md, in Perl: one side of one scenario.

use strict;
use warnings;

use List::Util ();
use Time::HiRes ();
use Zinc;

use constant PATIENCE_MS => 10_000;
$| = 1;    # the other side is started, or killed, by what it reads here

sub expect {
    my ($as_stated, $what) = @_;
    return if $as_stated;
    print STDERR "peer (Perl): $what\n";
    exit 1;
}

sub say_line { print "$_[0]\n" }

# Which file is mapped at an address, and where in it: device, inode, offset.
sub mapping {
    my ($address) = @_;
    open my $maps, '<', '/proc/self/maps' or return (0, 0, 0);
    no warnings 'portable'; # addresses have 64 bits
    while (my $line = <$maps>) {
        my ($first, $last, $offset, $major, $minor, $inode) =
            $line =~ /^(\w+)-(\w+) \S+ (\w+) (\w+):(\w+) (\d+)/ or next;
        if ($address >= hex $first && $address < hex $last) {
            return (hex($major) << 32 | hex $minor, $inode, hex($offset) + $address - hex $first);
        }
    }
    return (0, 0, 0);
}

# The physical frame that holds an address, or 0 where that is not shown to us.
sub frame {
    my ($address) = @_;
    open my $pages, '<:raw', '/proc/self/pagemap' or return 0;
    sysseek $pages, int($address / 4096) * 8, 0 or return 0;
    return 0 if (sysread($pages, my $entry, 8) // 0) != 8;
    return unpack('Q<', $entry) & (1 << 55) - 1;
}

# Perl has no view of the bytes: they are read and written by offset.
sub prove {
    my ($region) = @_;
    my $address = $region->address;
    $region->read(0, 1); # a page not touched yet has no frame in our table
    say_line(join ' ', 'proof', $address, 0, mapping($address), frame($address));
}

sub await { expect($_[0]->wait(PATIENCE_MS), 'no notification came') }

# A handle sees its own notification, too: so that the next wait is for the other side's.
sub notify_and_take {
    my ($region) = @_;
    $region->notify;
    expect($region->try_wait, 'a handle does not see its own notification');
}

sub await_byte {
    my ($region, $offset, $value) = @_;
    await($region) while ord($region->read($offset, 1)) != $value;
}

# ---- relay -------------------------------------------------------------------------------------

my $relay = pack 'C*', map { (7 * $_ + 3) % 256 } 0 .. 4095;
my $answer = pack 'C*', map { 255 - $_ } unpack 'C*', $relay;

sub relay_first {
    my $region = Zinc::SharedRegion->create($_[0], 4096);
    $region->write(0, $relay);
    notify_and_take($region);
    prove($region);
    say_line('ready');
    await($region);
    expect($region->read eq $answer, 'the answer is not as stated');
}

sub relay_second {
    my $region = Zinc::SharedRegion->open($_[0]);
    prove($region);
    await($region);
    expect($region->read eq $relay, 'the bytes are not as stated');
    $region->write(0, $answer);
    $region->notify;
}

# ---- tensor ------------------------------------------------------------------------------------

use constant ELEMENTS => 4 * 3 * 32 * 32;
use constant RECORD_AT => 49_152;
my $format = 'c C s< S< x2 l< L< q< Q< f< C x3 d<';
my $stated = pack $format, -100, 200, -30_000, 60_000, -2_000_000_000, 4_000_000_000,
    -9007199254740993, 18446744073709551557, 0.1, 1, 0.1;
my $turned = pack $format, 99, 55, 29_999, 5_535, 1_999_999_999, 294_967_295,
    9007199254740992, 58, -0.1, 0, -0.1;

sub elements { return unpack 'f<*', $_[0]->read(0, 4 * ELEMENTS) }

sub say_sum {
    my $sum = List::Util::sum(elements($_[0]));
    expect($sum == int $sum, 'the sum is no whole number');
    say_line("sum $sum");
}

sub tensor_first {
    my $region = Zinc::SharedRegion->create($_[0], 65_536);
    $region->write(0, pack 'f<*', map { 0.25 * $_ - 100 } 0 .. ELEMENTS - 1);
    $region->write(RECORD_AT, $stated);
    notify_and_take($region);
    prove($region);
    say_line('ready');
    await($region);
    say_sum($region);
    expect($region->read(RECORD_AT, 48) eq $turned, 'the record is not as stated');
}

sub tensor_second {
    my $region = Zinc::SharedRegion->open($_[0]);
    prove($region);
    await($region);
    say_sum($region);
    expect($region->read(RECORD_AT, 48) eq $stated, 'the record is not as stated');
    $region->write(0, pack 'f<*', map { $_ + 1 } elements($region));
    $region->write(RECORD_AT, $turned);
    $region->notify;
}

# ---- grow --------------------------------------------------------------------------------------

use constant GROWN => 1_048_576;

sub grow_first {
    my $region = Zinc::SharedRegion->create($_[0], 4096, max_capacity => GROWN);
    $region->write(0, "\x01");
    prove($region);
    say_line('ready');
    await_byte($region, 2, 1);
    $region->grow(GROWN);
    $region->write(GROWN - 1, chr 77);
    $region->write(0, "\x02");
    $region->notify;
    await_byte($region, 1, 3);
    expect(ord $region->read(GROWN - 2, 1) == 78, 'the last byte but one is not 78');
}

sub grow_second {
    my $region = Zinc::SharedRegion->open($_[0]);
    prove($region);
    say_line('capacity ' . $region->capacity);
    $region->write(2, "\x01");
    $region->notify;
    await_byte($region, 0, 2);
    say_line('capacity ' . $region->capacity);
    expect(ord $region->read(GROWN - 1, 1) == 77, 'the last byte is not 77');
    $region->write(GROWN - 2, chr 78);
    $region->write(1, "\x03");
    $region->notify;
}

# ---- death -------------------------------------------------------------------------------------

sub death_first {
    my $region = Zinc::SharedRegion->create($_[0], 4096);
    $region->write(0, chr 42);
    $region->notify;
    prove($region);
    say_line('ready');
    await($region) while 1;
}

sub death_second {
    my ($name) = @_;
    my $region = Zinc::SharedRegion->open($name);
    prove($region);
    await($region);
    expect(ord $region->read(0, 1) == 42, 'byte 0 is not 42');
    expect($region->info->{creator_alive}, 'the creator counts as dead while it lives');
    say_line('alive');
    my $deadline = Time::HiRes::time() + PATIENCE_MS / 1000;
    while ($region->info->{creator_alive}) {
        expect(Time::HiRes::time() < $deadline, 'the creator counts as alive for too long');
        $region->wait(50);
    }
    expect(ord $region->read(0, 1) == 42, 'byte 0 is not 42 any more');
    say_line('dead');
    $region->close;
    eval { Zinc::SharedRegion->open($name); 1 } and expect(0, 'the name is still there');
    expect($@->isa('Zinc::Error::NotFound'), "another error: $@");
    say_line('gone');
    $region = Zinc::SharedRegion->create($name, 8192);
    expect($region->read eq "\0" x 8192, 'a byte of the new region is not 0');
    say_line('again');
}

# ------------------------------------------------------------------------------------------------

my %parts = (
    relay => { first => \&relay_first, second => \&relay_second },
    tensor => { first => \&tensor_first, second => \&tensor_second },
    grow => { first => \&grow_first, second => \&grow_second },
    death => { first => \&death_first, second => \&death_second },
);
my ($scenario, $role, $name) = @ARGV;
my $part = @ARGV == 3 && $parts{$scenario} && $parts{$scenario}{$role};
expect($part, 'usage: peer relay|tensor|grow|death first|second NAME');
eval { $part->($name); 1 } or expect(0, "$@" =~ s/\n+\z//r);
say_line('done');

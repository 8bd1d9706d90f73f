# SPDX-License-Identifier: MIT
# The smoke test, in Perl; adapters/swig/README.md says what each test shows.
# smoke [interrupt|leak|tidy NAME] is one side of a test that adapters/swig/tasks makes.

use strict;
use warnings;

use Time::HiRes ();
use Zinc;

$| = 1;
my $Region = 'Zinc::SharedRegion';

sub check {
    my ($as_stated, $what) = @_;
    die "not as stated: $what\n" if !$as_stated;
}

# The error of the code, which must be of this kind.
sub refused {
    my ($kind, $code) = @_;
    my $answer = eval { $code->() // 'undef' };
    my $failure = $@;
    die "$kind expected, but it answered " . substr($answer, 0, 80) . "\n" if !$failure;
    die "$kind expected, not $failure\n"
        if !ref $failure || !$failure->isa('Zinc::Error') || $failure->kind ne $kind;
    return $failure;
}

sub missing {
    my ($name) = @_;
    return refused(not_found => sub { Zinc::lookup($name) });
}

sub file_of { return "$ENV{ZINC_DIR}/zinc_$_[0]" }

my @tests = (
    bytes => sub {
        my $region = $Region->create('bytes', 4096);
        my $all = pack 'C*', 0 .. 255;
        $region->write(100, $all);
        my $other = $Region->open('bytes');
        check($other->read(100, 256) eq $all, 'all 256 bytes');
        check(!utf8::is_utf8($other->read(100, 256)), 'bytes have no characters');
        check(length $other->read == 4096, 'the whole');
        check(length $other->read(4000) == 96, 'the rest');
        my $upgraded = "\xE4";
        utf8::upgrade($upgraded);
        $region->write(0, $upgraded);
        check($region->read(0, 2) eq "\xE4\0", 'a byte is a byte, however Perl keeps it');
        $region->write(4096, '');
        check($region->read(4096, 0) eq '' && $region->read(4096) eq '', 'nothing at the end');
        $region->write(0, 42);
        check($region->read(0, 2) eq '42', 'a number is its text');
    },
    bounds => sub {
        my $region = $Region->create('bounds', 4096);
        for ([4095, 2], [4097, 0], [4097], [0, 4097], [1 << 62, 1], [1, 9223372036854775807]) {
            my @range = @$_;
            refused(overflow => sub { $region->read(@range) });
        }
        for ([4095, 'ab'], [4097, ''], [9223372036854775807, 'a']) {
            my @what = @$_;
            refused(overflow => sub { $region->write(@what) });
        }
        check($region->read eq "\0" x 4096, 'nothing was written');
    },
    arguments => sub {
        my $region = $Region->create('arguments', 4096);
        for my $bad (-1, 1.5, '0.5', 9**9**9, -sin(9**9**9), 2**63, '18446744073709551615', -2**70) {
            refused(value => sub { $region->read($bad, 1) });
            refused(value => sub { $region->grow($bad) });
            refused(value => sub { $Region->create('never', $bad) });
        }
        for my $bad ('x', '', [], {}, \1, sub { }, $region, '1x', '0x10') {
            refused(type => sub { $region->read($bad, 1) });
            refused(type => sub { $region->grow($bad) });
            refused(type => sub { $Region->create('never', $bad) });
        }
        refused(type => sub { $region->write(0, $_) }) for undef, [], \'x', "\x{100}", $region;
        refused(value => sub { $region->wait($_) }) for -1, 0.5, -9**9**9;
        refused(type => sub { $region->wait($_) }) for 'soon', [];
        refused(value => sub { $Region->create('never', 0) });
        refused(value => sub { $Region->create('never', 1, no_such => 1) });
        refused(value => sub { $Region->create('never', 1, lifetime => 'long') });
        refused(value => sub { $Region->create('never', 1, rows => 5000) });
        refused(type => sub { $Region->create('never', 1, sparse => 'yes') });
        refused(type => sub { $Region->create('never', 1, 'sparse') });
        missing('never');
        check($region->read('10', '2') eq "\0\0", 'numbers may be text');
    },
    names => sub {
        for my $bad ('', 'a/b', '.hidden', 'sp ace', "\xE4", "\x{100}", 'x' x 201, 'x' x 100_000) {
            refused(invalid => sub { $Region->create($bad, 10) });
        }
        refused(value => sub { $Region->create("a\0b", 10) });
        refused(value => sub { Zinc::remove("a\0b") });
        refused(type => sub { $Region->open($_) }) for undef, [], {};
        my $region = $Region->create('/slash', 10);
        check($region->name eq 'slash', 'a leading slash is dropped');
        $Region->open('slash');
        check(length $Region->create('x' x 200, 10)->name == 200, '200 bytes');
        check($Region->create(7, 10)->name eq '7', 'a number is its text');
    },
    options => sub {
        my $region = $Region->create('kept', 10, lifetime => 'persistent', mode => 0640, rows => 5,
            wait_policy => 'park', sparse => !!0);
        $region->write(0, 'still here');
        my $facts = $region->info;
        check($facts->{lifetime} eq 'persistent' && $facts->{mode} == 0640 && $facts->{rows} == 5
                && $facts->{wait_policy} eq 'park', join ' ', %$facts);
        undef $region;
        $region = $Region->open('kept', read_only => 1);
        check($region->read eq 'still here', 'a persistent region keeps its bytes');
        check($region->info->{read_only}, 'it is read-only');
        refused(denied => sub { $region->write(0, 'x') });
        refused(denied => sub { $region->notify });
        check($region->read(0, 1) eq 's', 'and was not written');
        Zinc::remove('kept');
        my $owner = $Region->create('mine', 10, lifetime => 'creator');
        my $other = $Region->open('mine');
        $owner->close;
        missing('mine');
        check(length $other->read == 10, 'the bytes stay');
    },
    growth => sub {
        my $region = $Region->create('growth', 4096, max_capacity => 65_536);
        my $other = $Region->open('growth');
        $region->write(0, 'a');
        $region->grow(65_536);
        check($other->capacity == 65_536, 'all see it');
        $other->write(65_535, 'z');
        check($region->read(65_535, 1) eq 'z' && $region->read(0, 1) eq 'a', 'the same bytes');
        $region->grow(10);
        check($region->capacity == 65_536, 'it never shrinks');
        refused(overflow => sub { $region->grow(65_537) });
    },
    open_or_create => sub {
        my $first = $Region->open_or_create('either', 100);
        my $second = $Region->open_or_create('either', 100);
        check($first->info->{created} && !$second->info->{created}, 'one creates');
        $second->write(0, 'x');
        check($first->read(0, 1) eq 'x', 'both have it');
        refused(overflow => sub { $Region->open_or_create('either', 200) });
    },
    replace => sub {
        my $old = $Region->create('replaced', 10);
        $old->write(0, 'old');
        my $new = $Region->replace('replaced', 20);
        check($old->info->{stale} && !$new->info->{stale}, 'the old one learns it');
        check($old->read(0, 3) eq 'old' && $new->read(0, 3) eq "\0\0\0", 'two regions');
    },
    waiting => sub {
        my $region = $Region->create('waiting', 10);
        my $begin = Time::HiRes::time();
        check(!$region->wait(30), 'time ran out');
        my $took = Time::HiRes::time() - $begin;
        check($took > 0.029 && $took < 5, $took);
        check(!$region->try_wait && !$region->wait(0), 'nothing to see');
        my $other = $Region->open('waiting');
        $region->notify for 1 .. 2;
        check($other->wait, 'notified');
        check(!$other->try_wait, 'two that nobody saw are one');
        check($Region->open('waiting')->wait(0), 'a fresh handle sees the last one');
    },
    closing => sub {
        my $region = $Region->create('closing', 10);
        $region->close;
        $region->close;
        check($region->closed && $region->name eq 'closing', 'closed');
        my %calls = (read => [0, 1], write => [0, 'x'], notify => [], wait => [1], try_wait => [],
            capacity => [], grow => [20], info => [], address => [], unlink => []);
        for my $name (sort keys %calls) {
            my $failure = refused(closed => sub { $region->$name(@{ $calls{$name} }) });
            check("$failure" =~ /closed/, "$failure");
        }
        missing('closing');
        {
            my $scoped = $Region->create('closing', 10);
        }
        missing('closing');
        eval { my $lost = $Region->create('closing', 10); die "out of the scope\n" };
        missing('closing');
    },
    collecting => sub {
        for my $i (1 .. 20) {
            my $cycle = { region => $Region->create("collected-$i", 10) };
            $cycle->{self} = $cycle;
            $cycle->{self} = undef;
        }
        check(!grep({ $_->{name} =~ /^collected/ } Zinc::list()), 'the last reference closes');
    },
    large => sub {
        my $size = 5 << 30;
        my $region = $Region->create('large', $size, sparse => 1);
        check($region->capacity == $size, '5 GiB');
        $region->write($size - 4, 'last');
        check($region->read($size - 5) eq "\0last", 'the last bytes');
        $region->write(4 << 30, 'x');
        check($region->read(0, 1) eq "\0", 'offsets have 64 bits');
        refused(overflow => sub { $region->read($size - 4, 5) });
    },
    facts => sub {
        my $region = $Region->create('facts', 100, max_capacity => 200);
        my $facts = $region->info;
        check($facts->{name} eq 'facts' && $facts->{capacity} == 100
                && $facts->{max_capacity} == 200 && $facts->{creator_pid} == $$
                && $facts->{creator_alive} && $facts->{participants_alive} == 1
                && !$facts->{private}, join ' ', %$facts);
        check(Zinc::lookup('facts')->{inode} == $facts->{inode}, 'as seen');
        my ($listed) = grep { $_->{name} eq 'facts' } $Region->list;
        check($listed->{capacity} == 100 && $listed->{status} eq 'ZINC_OK', 'listed');
        check($region->address > 0, 'an address');
        check(Zinc::doctor()->{directory} eq $ENV{ZINC_DIR}, 'doctor');
    },
    removing => sub {
        my $region = $Region->create('removing', 10);
        refused(denied => sub { $Region->open('removing')->unlink });
        $region->unlink;
        $region->unlink;
        missing('removing');
        $region->write(0, 'x');
        $Region->create('removing', 10, lifetime => 'persistent')->close;
        check(Zinc::gc()->{regions_removed} == 0, 'gc leaves persistent ones');
        Zinc::remove('removing');
        refused(not_found => sub { Zinc::remove('removing') });
    },
    errors => sub {
        my $failure = refused(not_found => sub { $Region->open('not-here') });
        check($failure->isa('Zinc::Error::NotFound') && $failure->status == -2
                && $failure->name eq 'ZINC_E_NOENT' && "$failure" =~ /not-here.*smoke\.pl/s
                && length $failure->remedy > 10, "$failure");
        my $region = $Region->create('here', 10);
        $failure = refused(exists => sub { $Region->create('here', 10) });
        check($failure->status == -17 && $failure->message =~ /here/, "$failure");
    },
    files => sub {
        my $write = sub {
            my ($name, $bytes) = @_;
            open my $file, '>:raw', file_of($name) or die $!;
            print {$file} $bytes;
            close $file;
            chmod 0600, file_of($name);
        };
        $Region->create('whole', 10, lifetime => 'persistent')->close;
        open my $file, '<:raw', file_of('whole') or die $!;
        my $whole = do { local $/; <$file> };
        Zinc::remove('whole');
        my $other = $whole;
        substr($other, 8, 1) = chr 200;    # the layout's number
        my %files = (foreign => 'not a region' x 1000, cut => substr($whole, 0, 5000),
            other => $other, empty => '');
        for my $name (sort keys %files) {
            $write->($name, $files{$name});
            eval { $Region->open($name); 1 } and die "$name was opened\n";
            check($@->kind =~ /^(layout|corrupt)$/ && "$@" =~ /$name/, "$@");
            unlink file_of($name);
        }
    },
    memory => sub {
        my $pages = sub {
            open my $file, '<', '/proc/self/statm' or die $!;
            return (split ' ', <$file>)[1];
        };
        my $region = $Region->create('memory', 4096);
        my $round = sub {
            for (1 .. 500) {
                $region->info;
                $region->read;
                $region->wait(0);
                Zinc::list();
                $Region->open('memory')->close;
                refused(overflow => sub { $region->read(5000) });
                refused(not_found => sub { $Region->open('not-here') });
            }
        };
        $round->();
        my $before = $pages->();
        $round->() for 1 .. 3;
        my $more = $pages->() - $before;    # of 4 KiB
        check($more < 800, "$more pages more");
    },
    version => sub { check(Zinc::version() =~ /^\d+\.\d+\.\d+$/, Zinc::version()) },

    # ---- Perl's own

    signals => sub {
        my $region = $Region->create('signals', 10);
        my $begin = Time::HiRes::time();
        eval {
            local $SIG{ALRM} = sub { die "enough\n" };
            Time::HiRes::alarm(0.1);
            $region->wait;
        };
        check($@ eq "enough\n" && Time::HiRes::time() - $begin < 1, "die out of a wait: $@");
        my $seen = 0;
        local $SIG{ALRM} = sub { $Region->open('signals')->notify if ++$seen == 3 };
        Time::HiRes::setitimer(Time::HiRes::ITIMER_REAL(), 0.03, 0.03);
        my $notified = $region->wait(5000);
        Time::HiRes::setitimer(Time::HiRes::ITIMER_REAL(), 0);
        check($notified && $seen >= 3, 'handlers run, the wait goes on');
        check($region->info->{participants_alive} == 1, 'nothing is kept by a wait that died');
    },
    forking => sub {
        my $region = $Region->create('forking', 10);
        my $child = fork // die $!;
        if (!$child) {
            my $fine = eval {
                refused(forked => sub { $region->read });
                refused(forked => sub { $region->wait(1) });
                my $own = $Region->open('forking');
                $own->write(0, 'child!');
                $own->notify;
                undef $own;
                undef $region;
                1;
            };
            print STDERR $@ if !$fine;
            require POSIX;
            POSIX::_exit($fine ? 0 : 1);
        }
        check($region->wait(5000), 'the child notified');
        waitpid $child, 0;
        check($? == 0 && $region->read(0, 6) eq 'child!'
                && $region->info->{participants_alive} == 1, 'the child has its own handle');
    },
);

my ($mode, $name) = @ARGV;
$mode //= '';
if ($mode eq 'interrupt') {
    local $SIG{INT} = sub { die "interrupted\n" };
    my $region = $Region->create($name, 10);
    print "waiting\n";
    eval { $region->wait };
    print $@;
} elsif ($mode eq 'leak') {
    our $kept = $Region->create($name, 10);
    exit 0;
} elsif ($mode eq 'tidy') {
    my $region = $Region->create($name, 10);
    undef $region;
} else {
    my $failed = 0;
    while (my ($test, $body) = splice @tests, 0, 2) {
        if (eval { $body->(); 1 }) {
            print "result $test passed\n";
        } else {
            my $why = "$@";
            $why =~ s/\n/ /g;
            print "result $test failed $why\n";
            $failed++;
        }
    }
    exit($failed ? 1 : 0);
}

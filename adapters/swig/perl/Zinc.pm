# SPDX-License-Identifier: MIT
package Zinc;

use strict;
use warnings;

use Zinc::Core ();

our $VERSION = Zinc::Core::zinc_version_text();

# The release of the library, "0.1.0".
sub version { return Zinc::Core::zinc_version_text() }

sub _hash_of {
    my ($facts) = @_;
    return { map { $facts->name($_) => $facts->value($_) } 0 .. $facts->size - 1 };
}

# Facts about every region of the domain, by name: a list of hashes as SharedRegion->info gives
# them. Where {status} is not "ZINC_OK" the file is no usable region, and it says why.
sub list {
    my $listing = Zinc::Core::list_begin();
    my @found;
    while (my $facts = $listing->following) {
        push @found, _hash_of($facts);
    }
    return @found;
}

# Facts about the region of this name, without taking part in it.
sub lookup { return _hash_of(Zinc::Core::lookup($_[0])) }

# Unbind a name by force, whoever uses the region; they keep the bytes.
sub remove { Zinc::Core::remove($_[0]); return }

# Remove the regions that nobody alive uses. Answers counts. Option: dry_run => 1.
sub gc {
    my (%options) = @_;
    return _hash_of(Zinc::Core::gc($options{dry_run} ? 1 : 0));
}

# What the machine offers to regions. Sizes are bytes; undef is what cannot be had.
sub doctor { return _hash_of(Zinc::Core::doctor()) }

package Zinc::Error;

# What a call died with: status (negative; 0 for an argument that did not reach the core), name
# ("ZINC_E_NOENT"), kind ("not_found", "closed", "exists", ..., "type" and "value" for arguments),
# message. As a string: the message, and where it was. Its class is Zinc::Error::NotFound and so on.
use overload
    '""' => sub { my ($self) = @_; return "$self->{message}$self->{where}" },
    'bool' => sub { return 1 },
    'fallback' => 1;
use Carp ();

our @CARP_NOT = ('Zinc', 'Zinc::Core', 'Zinc::SharedRegion', 'Zinc::Core::Handle',
    'Zinc::Core::Options', 'Zinc::Core::Wait');

sub _failure {
    my ($base, $kind, $name, $status, $message) = @_;
    my $class = $base . '::' . join '', map { ucfirst } split /_/, $kind;
    {
        no strict 'refs';
        @{"${class}::ISA"} = ($base) if !@{"${class}::ISA"};
    }
    local @Zinc::SharedRegion::CARP_NOT = @CARP_NOT;
    local @Zinc::CARP_NOT = @CARP_NOT;
    return bless {
        kind => $kind, name => $name, status => $status, message => $message,
        where => Carp::shortmess(''),
    }, $class;
}

sub kind { return $_[0]{kind} }
sub name { return $_[0]{name} }
sub status { return $_[0]{status} }
sub message { return $_[0]{message} }

# What to do about it, as a sentence.
sub remedy { return Zinc::Core::zinc_error_remedy($_[0]{status}) }

package Zinc::SharedRegion;

# A region of memory that other processes open by its name.
#
#     my $region = Zinc::SharedRegion->create('frames', 1 << 20);
#     $region->write(0, 'hello');
#     $region->notify;
#
# It is closed when the last reference to it goes. Options, as a hash: lifetime => 'auto',
# 'creator' or 'persistent'; mode: permission bits; max_capacity: bytes up to which grow may go;
# rows: participants at one time; wait_policy => 'adaptive', 'spin' or 'park'; group, accept_mode,
# accept_owner: numbers; read_only, prefault, sparse, huge_pages, read_only_waiters,
# accept_any_owner: 1 or 0.

sub _chosen {
    my ($given) = @_;
    Zinc::Error->_refuse('options must be pairs of a name and a value') if @$given % 2;
    my %options = @$given;
    my $core = Zinc::Core::Options->new;
    for my $name (sort keys %options) {
        my $value = $options{$name};
        # Perl's own false is an empty string.
        $value = 0 if defined $value && !ref $value && $value eq '';
        $core->set($name, $value) if defined $value;
    }
    return $core;
}

sub Zinc::Error::_refuse { die $_[0]->_failure('type', '', 0, $_[1]) }

sub _made {
    my ($class, $handle) = @_;
    return bless { handle => $handle, process => $$ }, $class;
}

# Create a region of $capacity bytes, all zero.
sub create {
    my ($class, $name, $capacity, @options) = @_;
    return $class->_made(Zinc::Core::create($name, $capacity, _chosen(\@options)));
}

# Open the region of this name.
sub open {
    my ($class, $name, @options) = @_;
    return $class->_made(Zinc::Core::open($name, _chosen(\@options)));
}

# Open the region, or create it where there is none, in one atomic step: info->{created} says which.
sub open_or_create {
    my ($class, $name, $capacity, @options) = @_;
    return $class->_made(Zinc::Core::open_or_create($name, $capacity, _chosen(\@options)));
}

# Create a region and bind the name to it, even if another region has it.
sub replace {
    my ($class, $name, $capacity, @options) = @_;
    return $class->_made(Zinc::Core::replace($name, $capacity, _chosen(\@options)));
}

# The same as Zinc::list.
sub list { return Zinc::list() }

# $length bytes from $offset (all that follow, unless given), as a string of bytes.
sub read {
    my ($self, $offset, $length) = @_;
    return $self->{handle}->read($offset // 0, $length);
}

# Write a string of bytes at $offset.
sub write {
    my ($self, $offset, $bytes) = @_;
    $self->{handle}->write($offset, $bytes);
    return;
}

# Wake every wait in progress on this region, in all processes.
sub notify { $_[0]{handle}->notify; return }

# Wait for a notification that this handle has not seen: 1 when it came, 0 when $timeout_ms
# milliseconds have passed; undef waits for ever. Signals' handlers run meanwhile, and may die.
sub wait {
    my ($self, $timeout_ms) = @_;
    my $wait = $self->{handle}->start($timeout_ms);
    my $step;
    # Perl runs handlers between its statements.
    1 while ($step = $wait->step) == 2;
    return $step;
}

# Whether a notification came that this handle has not seen; does not wait.
sub try_wait { return $_[0]{handle}->try_wait }

# Bytes of the region now, as grown by whichever process.
sub capacity { return $_[0]{handle}->capacity }

# Make the region this long, in place, for all participants, up to max_capacity.
sub grow { $_[0]{handle}->grow($_[1]); return }

# Facts about the region and this handle, as a hash: {capacity}, {creator_alive}, ...
sub info { return Zinc::_hash_of($_[0]{handle}->info) }

# The region's name, without slash and domain.
sub name { return $_[0]{handle}->name }

# The address of the first byte in this process.
sub address { return $_[0]{handle}->address }

# Unbind the name; participants keep the bytes. For the creator's handle.
sub unlink { $_[0]{handle}->unlink; return }

# Close the handle. Closing again is harmless.
sub close { $_[0]{handle}->close; return }

sub closed { return $_[0]{handle}->closed }

# The end of the scope closes. What is left when the interpreter ends was forgotten somewhere.
sub DESTROY {
    my ($self) = @_;
    my $handle = $self->{handle} or return;
    return if ${^GLOBAL_PHASE} eq 'DESTRUCT';
    $handle->close;
    return;
}

# Threads of Perl get copies of all objects; a copy of this one is undef.
sub CLONE_SKIP { return 1 }

{
    no strict 'refs';
    *{"Zinc::Core::${_}::CLONE_SKIP"} = sub { return 1 } for qw(Handle Options Wait Facts List);
}

1;

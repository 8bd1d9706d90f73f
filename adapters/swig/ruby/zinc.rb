# SPDX-License-Identifier: MIT
# frozen_string_literal: true

require "zinc_core"

# The same bytes of memory in several processes, written in any language.
module Zinc
  # Anything that the core refused or that failed in it. The subclasses are named after its kind:
  # ClosedError, NotFoundError, ExistsError, DeniedError, InvalidError, OverflowError, ...
  class Error < StandardError
    # The core's number, negative.
    attr_reader :status
    # Its identifier, "ZINC_E_NOENT".
    attr_reader :status_name

    def initialize(message = nil, status: 0, status_name: "")
      super(message)
      @status = status
      @status_name = status_name
    end

    # What to do about it, as a sentence.
    def remedy
      Zinc_core.zinc_error_remedy(status)
    end
  end

  %w[again busy canceled closed corrupt denied exists forked full gone interrupted invalid layout
     memory not_found not_supported overflow owner_dead peer_dead poisoned stale system timeout
     too_long type users].each do |kind|
    const_set("#{kind.split('_').map(&:capitalize).join}Error", Class.new(Error))
  end

  # The exception for a failure of the core, or for an argument that did not reach it.
  def self.failure(kind, status_name, status, message) # :nodoc:
    return ::TypeError.new(message) if status_name.empty? && kind == "type"
    return ::ArgumentError.new(message) if status_name.empty?

    name = "#{kind.split('_').map(&:capitalize).join}Error"
    (const_defined?(name, false) ? const_get(name) : Error)
      .new(message, status: status, status_name: status_name)
  end
  private_class_method :failure

  def self.hash_of(facts) # :nodoc:
    (0...facts.size).to_h { |index| [facts.name(index).to_sym, facts.value(index)] }
  end

  # The release of the library, "0.1.0".
  def self.version
    Zinc_core.zinc_version_text
  end

  # Facts about every region of the domain, by name: an array of hashes as SharedRegion#info gives
  # them. Where :status is not "ZINC_OK" the file is no usable region, and it says why.
  def self.list
    listing = Zinc_core.list_begin
    found = []
    while (facts = listing.following)
      found << hash_of(facts)
    end
    found
  end

  # Facts about the region of this name, without taking part in it.
  def self.lookup(name)
    hash_of(Zinc_core.lookup(name))
  end

  # Unbind a name by force, whoever uses the region; they keep the bytes.
  def self.remove(name)
    Zinc_core.remove(name)
    nil
  end

  # Remove the regions that nobody alive uses. Answers counts.
  def self.gc(dry_run: false)
    hash_of(Zinc_core.gc(dry_run))
  end

  # What the machine offers to regions. Sizes are bytes; nil is what cannot be had.
  def self.doctor
    hash_of(Zinc_core.doctor)
  end

  # A region of memory that other processes open by its name. All threads may use a handle.
  #
  #   Zinc::SharedRegion.create("frames", 1 << 20) do |region|
  #     region.write(0, "hello")
  #     region.notify
  #   end
  #
  # Options: lifetime: "auto", "creator" or "persistent"; mode: permission bits; max_capacity: bytes
  # up to which grow may go; rows: participants at one time; wait_policy: "adaptive", "spin" or
  # "park"; group, accept_mode, accept_owner: numbers; read_only, prefault, sparse, huge_pages,
  # read_only_waiters, accept_any_owner: true or false.
  class SharedRegion
    private_class_method :new

    class << self
      # Create a region of +capacity+ bytes, all zero. With a block: gives it the region, closes
      # the region when the block ends, in whatever way, and answers what the block answered.
      def create(name, capacity, **options, &block)
        made(Zinc_core.create(name, capacity, chosen(options)), &block)
      end

      # Open the region of this name. Blocks as for create.
      def open(name, **options, &block)
        made(Zinc_core.open(name, chosen(options)), &block)
      end

      # Open the region, or create it where there is none, in one atomic step: info[:created] says
      # which. Blocks as for create.
      def open_or_create(name, capacity, **options, &block)
        made(Zinc_core.open_or_create(name, capacity, chosen(options)), &block)
      end

      # Create a region and bind the name to it, even if another region has it.
      def replace(name, capacity, **options, &block)
        made(Zinc_core.replace(name, capacity, chosen(options)), &block)
      end

      # The same as Zinc.list.
      def list
        Zinc.list
      end

      private

      def chosen(options)
        core = Zinc_core::Options.new
        options.each { |name, value| core.set(name, value) unless value.nil? }
        core
      end

      def made(handle)
        region = new(handle)
        return region unless block_given?

        begin
          yield region
        ensure
          region.close
        end
      end
    end

    def initialize(handle) # :nodoc:
      @handle = handle
    end

    # +length+ bytes from +offset+ (all that follow, unless given), as a binary String.
    def read(offset = 0, length = nil)
      @handle.read(offset, length)
    end

    # Write the bytes of a String or an IO::Buffer at +offset+. Answers their number.
    def write(offset, bytes)
      @handle.write(offset, bytes)
      bytes.is_a?(String) ? bytes.bytesize : bytes.size
    end

    # The bytes themselves, as an IO::Buffer, without a copy. It keeps them, also when the region
    # is closed, and keeps its size when the region grows.
    def buffer(offset = 0, length = nil)
      @handle.buffer(offset, length)
    end

    # Wake every wait in progress on this region, in all processes.
    def notify
      @handle.notify
      nil
    end

    # Wait for a notification that this handle has not seen: true when it came, false when
    # +timeout_ms+ milliseconds have passed. nil waits for ever. Other threads run meanwhile, and
    # signals, Thread#raise, Thread#kill and Timeout end the wait at once.
    def wait(timeout_ms = nil)
      @handle.wait(timeout_ms) == 1
    end

    # Whether a notification came that this handle has not seen; does not wait.
    def try_wait
      @handle.try_wait == 1
    end

    # Bytes of the region now, as grown by whichever process.
    def capacity
      @handle.capacity
    end
    alias size capacity

    # Make the region this long, in place, for all participants, up to max_capacity.
    def grow(capacity)
      @handle.grow(capacity)
      nil
    end

    # Facts about the region and this handle, as a Hash: :capacity, :creator_alive, ...
    def info
      Zinc.hash_of(@handle.info)
    end

    # The region's name, without slash and domain.
    def name
      @handle.name
    end

    # The address of the first byte in this process.
    def address
      @handle.address
    end

    # Unbind the name; participants keep the bytes. For the creator's handle.
    def unlink
      @handle.unlink
      nil
    end

    # Close the handle: waits of other threads on it end with ClosedError. Closing again is
    # harmless.
    def close
      @handle.close
      nil
    end

    def closed?
      @handle.closed == 1
    end

    # A copy would be the same handle, closed together.
    def initialize_copy(_other)
      raise ::TypeError, "a #{self.class} cannot be copied; open the region again by its name"
    end

    def inspect
      "#<#{self.class} #{name}#{closed? ? ' closed' : ''}>"
    end
  end
end

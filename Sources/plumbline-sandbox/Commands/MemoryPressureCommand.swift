import ArgumentParser
import Foundation

/// Fills memory beside the services and gives it back: the fault that no proxy can make.
struct MemoryPressureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory-pressure",
        abstract:
            "Fill memory while the stack runs (start), give it back (stop), tell whether it is filled (status).",
        shouldDisplay: false)

    enum Action: String, ExpressibleByArgument, CaseIterable { case start, stop, status }

    @Argument(help: "start, stop or status.")
    var action: Action

    @OptionGroup var location: DirectoryOption

    @Option(help: "How much.")
    var megabytes = 512

    @Option(help: "Seconds after which the memory is given back in any case.")
    var lease = 120

    func validate() throws {
        guard (1...65_536).contains(megabytes) else {
            throw ValidationError("--megabytes takes 1 to 65536, got \(megabytes)")
        }
        guard (1...3600).contains(lease) else { throw ValidationError("--lease takes 1 to 3600 s, got \(lease)") }
    }

    func run() async throws {
        let pressure = MemoryPressure(directory: location.directory, bytes: UInt64(megabytes) << 20)
        do {
            switch action {
            case .start: try await pressure.start(lease: lease)
            case .stop: try await pressure.stop()
            case .status:
                let isOn = pressure.isOn
                Console.say("memory pressure is \(isOn ? "on" : "off")")
                if !isOn { throw ExitCode(1) }
            }
        } catch let error as SandboxError {
            Console.say("\(error)")
            throw ExitCode(1)
        } catch let error as LaunchError {
            Console.say("\(error)")
            throw ExitCode(1)
        }
    }
}

/// The process that holds the memory.
struct HoldMemory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold-memory", abstract: "Hold memory for a while.", shouldDisplay: false)

    @Option var megabytes: Int
    @Option var lease: Int

    func run() {
        let size = megabytes << 20
        let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
        defer { block.deallocate() }
        // Memory counts once it has been written to.
        block.initializeMemory(as: UInt8.self, repeating: 0xA5, count: size)
        sleep(UInt32(lease))
    }
}

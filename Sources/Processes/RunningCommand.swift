import Foundation
import Glibc
import Synchronization

/// A command between its start and its end, followed by one thread.
struct RunningCommand {
    /// Processes get this long to end after a polite signal, and pipes to run dry after the command has ended.
    private static let grace = Duration.milliseconds(500)

    private let pid: Int32
    private let mark: String
    private let streams: [Int32]
    private let outputLimit: Int
    private let startedAt = ContinuousClock.now

    init(_ launch: ProcessLaunch, outputLimit: Int) throws(ProcessError) {
        self.outputLimit = outputLimit
        mark = UUID().uuidString
        var launch = launch
        launch.environment[CommandRun.marker] = mark
        let pipes = try CommandStreams(program: launch.arguments.first ?? "")
        do {
            pid = try launch.spawn(input: pipes.nothing, output: pipes.output.writer, error: pipes.error.writer)
        } catch {
            pipes.closeReaders()
            pipes.closeOthers()
            throw error
        }
        pipes.closeOthers()
        streams = [pipes.output.reader, pipes.error.reader]
        for stream in streams { _ = fcntl(stream, F_SETFL, O_NONBLOCK) }
    }

    /// Blocks until everything that the command started is gone.
    func follow(for deadline: Duration, isCancelled: CommandRun.Cancellation) -> CommandRun.Result {
        var captured = streams.map { _ in CapturedOutput(limit: outputLimit) }
        var isOpen = streams.map { _ in true }
        var ending: CommandRun.Ending?
        var stopped: CommandRun.Ending?
        var lastMoment = startedAt + deadline
        while ending == nil || isOpen.contains(true) {
            if ContinuousClock.now >= lastMoment { break }
            if ending == nil, isCancelled.flag.load(ordering: .relaxed) {
                stopped = .cancelled
                break
            }
            read(into: &captured, isOpen: &isOpen)
            if ending == nil, let status = collect() {
                ending = status
                lastMoment = min(lastMoment, ContinuousClock.now + Self.grace)
            }
        }
        let leftovers = endAll(commandHasEnded: ending != nil)
        if ending == nil { _ = collect(blocking: true) }
        let dryBy = ContinuousClock.now + Self.grace
        while isOpen.contains(true), ContinuousClock.now < dryBy { read(into: &captured, isOpen: &isOpen) }
        for stream in streams { close(stream) }
        return CommandRun.Result(
            ending: ending ?? stopped ?? .deadlineExceeded, output: captured[0], error: captured[1],
            duration: startedAt.duration(to: .now), leftovers: leftovers)
    }

    /// Waits up to a tenth of a second for output and takes what there is.
    private func read(into captured: inout [CapturedOutput], isOpen: inout [Bool]) {
        var polled = streams.enumerated().map { index, stream in
            pollfd(fd: isOpen[index] ? stream : -1, events: Int16(POLLIN), revents: 0)
        }
        guard poll(&polled, nfds_t(polled.count), isOpen.contains(true) ? 100 : 10) > 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        for index in streams.indices where polled[index].revents != 0 {
            let count = Glibc.read(streams[index], &buffer, buffer.count)
            if count > 0 {
                captured[index].append(buffer[..<count])
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                isOpen[index] = false
            }
        }
    }

    private func collect(blocking: Bool = false) -> CommandRun.Ending? {
        var status: Int32 = 0
        while true {
            let result = waitpid(pid, &status, blocking ? 0 : WNOHANG)
            if result == pid { break }
            if result < 0 && errno == EINTR { continue }
            return nil
        }
        // WIFEXITED and its like are macros; the low seven bits hold the signal (waitpid(2)).
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }

    /// Ends the group and every marked descendant; returns how many outlived the command itself.
    private func endAll(commandHasEnded: Bool) -> Int {
        let leftovers = descendants().filter { $0.pid != pid }
        guard !commandHasEnded || !leftovers.isEmpty else { return 0 }
        kill(-pid, SIGTERM)
        for process in leftovers { kill(process.pid, SIGTERM) }
        let until = ContinuousClock.now + Self.grace
        while ContinuousClock.now < until, !descendants().isEmpty { usleep(20_000) }
        kill(-pid, SIGKILL)
        for process in descendants() where process.isRunning { kill(process.pid, SIGKILL) }
        return leftovers.count
    }

    /// Running processes that carry the run's mark in their environment, wherever they have gone.
    private func descendants() -> [ProcessIdentity] {
        let wanted = Array("\(CommandRun.marker)=\(mark)".utf8)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.compactMap { candidate in
            guard let environment = FileManager.default.contents(atPath: "/proc/\(candidate)/environ"),
                environment.split(separator: 0).contains(where: { $0.elementsEqual(wanted) }),
                let process = ProcessIdentity(pid: candidate), process.isRunning
            else { return nil }
            return process
        }
    }
}

/// The descriptors between a command and its follower.
private struct CommandStreams {
    let nothing: Int32
    let output: Pipe
    let error: Pipe

    init(program: String) throws(ProcessError) {
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard nothing >= 0 else { throw Self.failure(program) }
        guard let output = Pipe() else {
            close(nothing)
            throw Self.failure(program)
        }
        guard let error = Pipe() else {
            close(nothing)
            output.closeBoth()
            throw Self.failure(program)
        }
        self.nothing = nothing
        self.output = output
        self.error = error
    }

    func closeReaders() {
        close(output.reader)
        close(error.reader)
    }

    /// What belongs to the command and not to its follower.
    func closeOthers() {
        close(output.writer)
        close(error.writer)
        close(nothing)
    }

    private static func failure(_ program: String) -> ProcessError {
        ProcessError(.notStarted, program: program, detail: String(cString: strerror(errno)))
    }
}

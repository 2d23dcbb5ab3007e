import Foundation
import Synchronization

/// Watches how short of processor time this process is, from its start on: one sample every 50 ms, kept by the second.
public final class StarvationWatch: Sendable {
    /// What one second showed.
    private struct Second {
        let start: ContinuousClock.Instant
        /// Counters of the kernel at its start.
        let counters: ProcessorCounters
        var longestPause = Duration.zero
        var samples = 0
        var crowdedSamples = 0
    }

    private let seconds = Mutex<[Second]>([])
    private let isOver = Atomic(false)
    private let started = ContinuousClock.now

    private static let interval = Duration.milliseconds(50)

    public init() {
        let thread = Thread { [weak self] in
            while let self, !self.isOver.load(ordering: .acquiring) {
                self.sample()
                let asleep = ContinuousClock.now
                Thread.sleep(forTimeInterval: Self.interval / .seconds(1))
                self.note(pause: asleep.duration(to: .now) - Self.interval)
            }
        }
        thread.name = "starvation"
        thread.start()
    }

    deinit { isOver.store(true, ordering: .releasing) }

    private func sample() {
        let (isNewSecond, hasPressure) = seconds.withLock { seconds in
            (
                seconds.last.map { $0.start.duration(to: .now) >= .seconds(1) } ?? true,
                seconds.last?.counters.pressure != nil
            )
        }
        // Where the kernel accounts for waiting, a look a second is enough.
        if isNewSecond || !hasPressure {
            let counters = ProcessorCounters.now()
            seconds.withLock { seconds in
                if isNewSecond { seconds.append(Second(start: .now, counters: counters)) }
                seconds[seconds.count - 1].samples += 1
                if counters.isCrowded { seconds[seconds.count - 1].crowdedSamples += 1 }
            }
        }
        // The threads that checks run on may be short although this one is not.
        let asked = ContinuousClock.now
        Task { [weak self] in self?.note(pause: asked.duration(to: .now)) }
    }

    private func note(pause: Duration) {
        seconds.withLock { seconds in
            guard let last = seconds.indices.last else { return }
            seconds[last].longestPause = max(seconds[last].longestPause, pause)
        }
    }

    /// What was seen all the time.
    public var sinceStart: Starvation { since(started) }

    /// What was seen from a moment on until now, in whole seconds that touch this span.
    public func since(_ start: ContinuousClock.Instant) -> Starvation {
        let end = ProcessorCounters.now()
        return seconds.withLock { seconds in
            let first = seconds.lastIndex { $0.start <= start } ?? 0
            guard first < seconds.count else { return Starvation(longestPause: 0, waiting: nil, stolen: nil) }
            let span = seconds[first...]
            let elapsed = seconds[first].start.duration(to: .now)
            let samples = span.reduce(0) { $0 + $1.samples }
            let crowded = span.reduce(0) { $0 + $1.crowdedSamples }
            return Starvation(
                longestPause: (span.map(\.longestPause).max() ?? .zero) / .seconds(1),
                waiting: end.waiting(since: seconds[first].counters, elapsed)
                    ?? (samples > 0 ? Double(crowded) / Double(samples) : nil),
                stolen: end.stolen(since: seconds[first].counters))
        }
    }
}

/// What the kernel counts about processors.
struct ProcessorCounters: Hashable, Sendable {
    /// Time in which somebody waited for a processor, in microseconds since the machine's start; nil where the kernel does not say.
    var pressure: UInt64?
    /// Ticks of all processors, and those of them that the host gave to others.
    var ticks: UInt64?
    var stolenTicks: UInt64?
    /// Whether more threads want to run than there are processors.
    var isCrowded = false

    static func now() -> ProcessorCounters {
        ProcessorCounters(pressure: contents("/proc/pressure/cpu"), statistics: contents("/proc/stat"))
    }

    /// - Parameters:
    ///   - pressure: the text of `/proc/pressure/cpu`.
    ///   - statistics: the text of `/proc/stat`.
    init(pressure: String?, statistics: String?) {
        let some = pressure?.split(separator: "\n").first { $0.hasPrefix("some ") }
        self.pressure = some?.split(separator: " ").last.flatMap { UInt64($0.replacing("total=", with: "")) }
        for line in statistics?.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            if words.first == "cpu" {
                // user, nice, system, idle, iowait, irq, softirq, steal; guests are part of user.
                let counts = words.dropFirst().prefix(8).map { UInt64($0) ?? 0 }
                ticks = counts.reduce(0, &+)
                stolenTicks = counts.count == 8 ? counts[7] : nil
            } else if words.first == "procs_running", words.count == 2, let running = Int(words[1]) {
                isCrowded = running > ProcessInfo.processInfo.activeProcessorCount
            }
        }
    }

    func waiting(since start: ProcessorCounters, _ elapsed: Duration) -> Double? {
        guard let pressure, let before = start.pressure, pressure >= before, elapsed > .zero else { return nil }
        return min(1, Double(pressure - before) / 1e6 / (elapsed / .seconds(1)))
    }

    func stolen(since start: ProcessorCounters) -> Double? {
        guard let stolenTicks, let ticks, let before = start.stolenTicks, let ticksBefore = start.ticks,
            stolenTicks >= before, ticks > ticksBefore
        else { return nil }
        return Double(stolenTicks - before) / Double(ticks - ticksBefore)
    }

    private static func contents(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}

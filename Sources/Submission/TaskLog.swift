import AWSClient

/// The log of one container of a task, read as it grows.
public struct TaskLog: Sendable {
    /// Where a container's log goes, by its task definition.
    public struct Place: Hashable, Sendable {
        var group: String
        var stream: String

        /// Nil for a log driver that is not `awslogs`, or one without a stream prefix.
        public init?(_ definition: ECS.TaskDefinition, container: String, task: String) {
            let log = definition.containerDefinitions.first { $0.name == container }?.logConfiguration
            guard let log, log.logDriver == "awslogs", let group = log.options["awslogs-group"],
                let prefix = log.options["awslogs-stream-prefix"]
            else { return nil }
            self.group = group
            stream = "\(prefix)/\(container)/\(task.split(separator: "/").last ?? "")"
        }
    }

    private let aws: AWSClient
    private let place: Place
    private let endMark: String
    private var token: String?
    /// The line was seen that the job writes last.
    public private(set) var hasEnded = false
    /// Nothing came with the last call.
    private(set) var isQuiet = false
    /// Why the log cannot be read; nil while it can.
    public private(set) var problem: String?

    /// - Parameter endMark: what the job's last line holds.
    public init(_ aws: AWSClient, at place: Place, endMark: String) {
        self.aws = aws
        self.place = place
        self.endMark = endMark
    }

    /// The lines that came since the last call. A stream that is not there yet has none.
    public mutating func newLines() async -> [String] {
        guard problem == nil else { return [] }
        var lines: [String] = []
        while true {
            do throws(AWSError) {
                let piece = try await aws.call(
                    Logs.getLogEvents(group: place.group, stream: place.stream, token: token))
                for event in piece.events {
                    hasEnded = hasEnded || event.message.contains(endMark)
                    lines.append(event.message)
                }
                let isLast = piece.nextForwardToken == token || piece.nextForwardToken == nil
                token = piece.nextForwardToken ?? token
                isQuiet = piece.events.isEmpty && isLast
                // A piece may be empty although more follows: only the token that comes back says that there is no more.
                if isLast { return lines }
            } catch {
                isQuiet = true
                switch error.kind {
                case .notFound where error.message.contains("log group"):
                    problem = "the log group \(place.group) does not exist"
                case .accessDenied: problem = "\(error)"
                default: break
                }
                return lines
            }
        }
    }
}

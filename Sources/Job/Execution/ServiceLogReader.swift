import AWSClient
import CheckKit
import Formats
import Foundation
import HTTPClient
import RunModel
import Secrets
import Settings

/// Looks into the logs of the services that a failure implicates: files that the configuration names, or log groups in CloudWatch.
struct ServiceLogReader: Sendable {
    let configuration: Configuration
    let environment: [String: String]
    let http: HTTPClient
    let now: @Sendable () -> Date

    /// The end of a log file that is looked at, in bytes.
    private static let tail = 512 << 10
    private static let longestExcerpt = 4000
    /// Clocks and buffers of services are not ours, so the window is wider than the check.
    private static let margin: TimeInterval = 2
    private static let patience = Duration.seconds(5)

    /// What the logs say around a failure; nil for an outcome that is none, or that implicates no service.
    ///
    /// - Parameter exchanges: what the check sent.
    func logs(
        around outcome: Outcome, path: Path, exchanges: [ObservedExchange], since start: Date
    ) async -> [ServiceLog]? {
        guard outcome.status == .failed || outcome.status == .timeout else { return nil }
        let window = start.addingTimeInterval(-Self.margin)...now().addingTimeInterval(Self.margin)
        let pages = Set(exchanges.map(\.page)).subtracting(["/"]).sorted()
        var logs: [ServiceLog] = []
        for service in implicated(outcome, path) { logs.append(await log(of: service, window, pages)) }
        return logs.isEmpty ? nil : logs
    }

    /// The component that the symptom speaks of, then those that calls did not reach.
    private func implicated(_ outcome: Outcome, _ path: Path) -> [String] {
        let unreached = path.edges.filter { $0.failed > 0 }.map(\.to)
        var names: [String] = []
        for component in [outcome.symptom?.component].compactMap(\.self) + unreached {
            guard let name = Self.name(of: component), !names.contains(name) else { continue }
            names.append(name)
        }
        return names
    }

    private static func name(of component: Component) -> String? {
        switch component.kind {
        case .service: component.name
        case .proxy, .breaker: "api"
        case .artifactStore: "mlflow"
        case .database: "database"
        case .redis, .queue: "redis"
        case .loadBalancer: "balancer"
        default: nil
        }
    }

    private func log(of service: String, _ window: ClosedRange<Date>, _ pages: [String]) async -> ServiceLog {
        if let file = configuration.logs[service] { return read(file, service, window, pages) }
        guard let aws = configuration.aws, let name = aws.ecsServices[service],
            let group = aws.logGroups.first(where: { $0.hasSuffix("/" + name) })
        else {
            return ServiceLog(
                service: service, source: "",
                absence:
                    "no log of \(service) is known here: name its file under `logs.\(service)`, or its group under `aws.log_groups`"
            )
        }
        return await read(group: group, of: aws, service, window, pages)
    }

    private func read(
        _ file: String, _ service: String, _ window: ClosedRange<Date>, _ pages: [String]
    ) -> ServiceLog {
        do throws(OutsideFileError) {
            let data = try OutsideFile.end(of: file, limit: Self.tail)
            return found(String(decoding: data, as: UTF8.self), service, source: file, window, pages)
        } catch {
            return ServiceLog(service: service, source: file, absence: "the file \(error.reason)")
        }
    }

    private func read(
        group: String, of aws: AWSSettings, _ service: String, _ window: ClosedRange<Date>, _ pages: [String]
    ) async -> ServiceLog {
        let client = aws.client(environment: environment, http: http)
        let operation = Logs.filterLogEvents(group: group, from: window.lowerBound, to: window.upperBound, limit: 500)
        let call = Task { try await client.call(operation).events }
        let timer = Task {
            try await Task.sleep(for: Self.patience)
            call.cancel()
        }
        defer { timer.cancel() }
        do {
            let text = try await call.value.map { event in
                let moment = Date.moment(secondsSince1970: Double(event.timestamp) / 1000) ?? window.lowerBound
                return "\(Timestamp.text(moment)) \(event.message)"
            }
            return found(text.joined(separator: "\n"), service, source: group, window, pages)
        } catch {
            return ServiceLog(service: service, source: group, absence: "CloudWatch: \("\(error)".excerpt(200))")
        }
    }

    private func found(
        _ text: String, _ service: String, source: String, _ window: ClosedRange<Date>, _ pages: [String]
    ) -> ServiceLog {
        guard let trace = StackTrace(text, window: window, pages: pages).found else {
            return ServiceLog(
                service: service, source: source,
                absence:
                    "no line of it is an error between \(Timestamp.text(window.lowerBound)) and \(Timestamp.text(window.upperBound))"
            )
        }
        return ServiceLog(
            service: service, source: source, lines: trace.text.excerpt(Self.longestExcerpt), request: trace.page)
    }
}

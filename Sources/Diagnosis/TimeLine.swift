import Foundation
import RunModel

/// When components, and the ways between them, were seen to hold in the course of a run.
///
/// Only what reached the part itself counts: a connection that was accepted by one that never refused any, an answer that somebody in front may have given, and
/// what was seen while Plumbline itself broke something tell nothing of how the part was at that moment.
struct TimeLine {
    private struct Way: Hashable {
        var from: Component
        var to: Component
    }

    private var ways: [Way: [Date]] = [:]
    private var users: [Component: [Way]] = [:]
    private var flows: [Component: Way] = [:]
    /// Connections that were accepted, of components that refused one at another time: whoever accepts runs.
    private var accepted: [Component: [Date]] = [:]
    private let moments: [CheckID: Date]

    init(of rows: [Row]) {
        moments = Dictionary(rows.map { ($0.id, $0.result.startedAt) }, uniquingKeysWith: { first, _ in first })
        for row in rows
        where row.result.status == .passed && row.result.subject == .live && row.descriptor.category != .discovery
            && !row.isUnderFault
        {
            let path = row.result.path ?? Path()
            for edge in path.edges where edge.passed > 0 && edge.failed == 0 && !path.isDoubtful(edge) {
                ways[Way(from: edge.from, to: edge.to), default: []].append(row.result.startedAt)
            }
        }
        let refused = Set(
            rows.lazy.compactMap { row -> Component? in
                guard case .noConnection(let problem)? = row.result.outcome.symptom, problem.manner == .refused else {
                    return nil
                }
                return problem.component
            })
        for row in rows where row.result.status == .passed && row.descriptor.category == .discovery {
            for edge in row.path.edges where edge.passed > 0 && edge.failed == 0 && refused.contains(edge.to) {
                accepted[edge.to, default: []].append(row.result.startedAt)
            }
        }
        for way in ways.keys {
            users[way.to, default: []].append(way)
            flows[.flow(way.from, way.to)] = way
        }
    }

    /// The moments at which what a cause speaks of held.
    func held(_ cause: Cause) -> [Date] {
        if let about = cause.about { return ways[Way(from: cause.component, to: about)] ?? [] }
        if let way = flows[cause.component] { return ways[way] ?? [] }
        return (users[cause.component] ?? []).flatMap { ways[$0] ?? [] }
            + (cause.mode == .stopped ? accepted[cause.component] ?? [] : [])
    }

    /// When a check began.
    func moment(of check: CheckID) -> Date? { moments[check] }
}

extension Path {
    /// Whether what came next on the way never held: then somebody before it may have given the answer.
    func isDoubtful(_ edge: Edge) -> Bool {
        edges.contains { $0.from == edge.to && $0.failed > 0 && $0.passed == 0 }
    }
}

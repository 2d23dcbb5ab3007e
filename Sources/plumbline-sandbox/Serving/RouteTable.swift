/// Routes in order, matched the way the original's framework matches: the first route whose path fits decides; a path that
/// fits under another method is 405 with that route's methods; a path that fits only with its last slash added or removed is
/// redirected.
struct RouteTable<Endpoint: Sendable>: Sendable {
    struct Route: Sendable {
        var methods: [String]
        var template: String
        var endpoint: Endpoint
        fileprivate var segments: [Segment]
    }

    fileprivate enum Segment: Sendable {
        case literal(String)
        /// One path segment, not empty.
        case parameter(String)
        /// Everything that is left, slashes included; may be empty.
        case rest(String)
    }

    enum Resolution {
        case matched(Endpoint, parameters: [String: String], template: String)
        case wrongMethod(allow: String)
        case redirect(path: String)
        case unknown
    }

    private(set) var routes: [Route] = []

    /// Adds a route; `{name}` matches one segment, `{name...}` all that is left.
    mutating func add(_ methods: [String], _ template: String, _ endpoint: Endpoint) {
        let segments = template.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            part -> Segment in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(String(part)) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("...") ? .rest(String(name.dropLast(3))) : .parameter(String(name))
        }
        routes.append(Route(methods: methods, template: template, endpoint: endpoint, segments: segments))
    }

    func resolve(method: String, path: String) -> Resolution {
        switch match(method: method, path: path) {
        case .unknown:
            let other = path.hasSuffix("/") ? String(path.dropLast()) : path + "/"
            if !other.isEmpty, case .unknown = match(method: method, path: other) { return .unknown }
            return other.isEmpty ? .unknown : .redirect(path: other)
        case let resolution: return resolution
        }
    }

    private func match(method: String, path: String) -> Resolution {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        var allow: String?
        for route in routes {
            guard let parameters = Self.parameters(of: route.segments, in: parts) else { continue }
            if route.methods.contains(method) {
                return .matched(route.endpoint, parameters: parameters, template: route.template)
            }
            allow = allow ?? route.methods.joined(separator: ", ")
        }
        return allow.map { .wrongMethod(allow: $0) } ?? .unknown
    }

    private static func parameters(of segments: [Segment], in parts: [String]) -> [String: String]? {
        var found: [String: String] = [:]
        for (index, segment) in segments.enumerated() {
            guard index < parts.count else { return nil }
            switch segment {
            case .literal(let text): guard parts[index] == text else { return nil }
            case .parameter(let name):
                guard !parts[index].isEmpty else { return nil }
                found[name] = parts[index]
            case .rest(let name):
                found[name] = parts[index...].joined(separator: "/")
                return found
            }
        }
        return segments.count == parts.count ? found : nil
    }
}

import Formats
import Foundation
import HTTPClient

/// Requests to one vendor's API: tried again where that helps and cannot do a thing twice, and shown instead of sent in a dry run.
struct VendorAPI: Sendable {
    /// `GitHub`, for messages.
    let name: String
    /// Without a slash at its end.
    let base: String
    /// With the token, which therefore stands in no message.
    let headers: [HTTPHeader]
    let http: HTTPClient
    let patience: Patience
    /// Shown what would be sent; nil sends it.
    let rehearsal: (@Sendable (PlannedRequest) -> Void)?
    /// Told what is waited for.
    let notify: @Sendable (String) -> Void
    /// What to do about a refusal.
    let advice: @Sendable (_ status: Int, _ message: String) -> String

    /// - Throws: ``PublicationError`` for an address that would give the token away.
    static func examine(_ base: String, _ name: String) throws(PublicationError) -> String {
        let base = base.hasSuffix("/") ? String(base.dropLast()) : base
        let host = URL(string: base)?.host() ?? ""
        let isHere = ["127.0.0.1", "localhost", "[::1]", "::1"].contains(host)
        guard base.hasPrefix("https://") || (base.hasPrefix("http://") && isHere), !host.isEmpty else {
            throw PublicationError(
                .unusable, "the address of \(name)'s API is ‘\(base)’",
                advice: "Name one that begins with https://: a token does not go over the network in clear")
        }
        return base
    }

    // MARK: Reading

    /// - Parameter path: below the base, with its query.
    func get(_ path: String) async throws(PublicationError) -> HTTPResponse {
        try await exchange("GET", path, nil, isRepeatable: true)
    }

    /// The elements of all pages of a list, in order, until one is found.
    ///
    /// - Parameter path: with a query already, or none.
    /// - Returns: the first that `accept` takes.
    func first(
        in path: String, where accept: (JSONValue) -> Bool, within list: String? = nil
    ) async throws(PublicationError) -> JSONValue? {
        let size = 100
        for page in 1...100 {
            let response = try await get("\(path)\(path.contains("?") ? "&" : "?")per_page=\(size)&page=\(page)")
            let answer = try value(of: response, "GET", path)
            guard let elements = (list.map { answer[$0] } ?? answer)?.array else {
                throw malformed("GET", path, "a list")
            }
            if let found = elements.first(where: accept) { return found }
            // A full page may be the last; a page that is not full may have a next one all the same.
            let isLast =
                response.headers["link"].map { !$0.contains("rel=\"next\"") }
                ?? response.headers["x-next-page"].map(\.isEmpty) ?? (elements.count < size)
            if isLast || elements.isEmpty { return nil }
        }
        throw PublicationError(
            .unusable, "\(name) lists more than \(100 * size) entries of \(path)",
            advice: "Remove some; nothing was published, because what is there already was not found")
    }

    // MARK: Writing

    /// Writes what may be written twice.
    ///
    /// - Returns: nil in a dry run.
    func put(_ method: String, _ path: String, _ body: JSONValue) async throws(PublicationError) -> JSONValue? {
        try await write(method, path, body, isRepeatable: true)
    }

    /// Makes something that there should be one of. After a request without an answer it is looked for before it is made again.
    ///
    /// - Returns: what was made, or found; nil in a dry run.
    func create(
        _ path: String, _ body: JSONValue, orFind find: () async throws(PublicationError) -> JSONValue?
    ) async throws(PublicationError) -> JSONValue? {
        var attempt = 1
        while true {
            do throws(PublicationError) {
                return try await write("POST", path, body, isRepeatable: false)
            } catch {
                guard error.code == .unanswered, attempt < patience.attempts else { throw error }
                notify("\(error.problem); looking whether it was done")
                await patience.sleep(patience.backOff(after: attempt))
                attempt += 1
                if let found = try await find() { return found }
            }
        }
    }

    private func write(
        _ method: String, _ path: String, _ body: JSONValue, isRepeatable: Bool
    ) async throws(PublicationError) -> JSONValue? {
        if let rehearsal {
            rehearsal(PlannedRequest(method: method, url: base + path, body: body))
            return nil
        }
        let response = try await exchange(method, path, body, isRepeatable: isRepeatable)
        return try value(of: response, method, path)
    }

    /// A request whose body asks and changes nothing, such as a query in GraphQL.
    func ask(_ path: String, _ body: JSONValue) async throws(PublicationError) -> JSONValue {
        try value(of: try await exchange("POST", path, body, isRepeatable: true), "POST", path)
    }

    // MARK: One exchange

    private func exchange(
        _ method: String, _ path: String, _ body: JSONValue?, isRepeatable: Bool
    ) async throws(PublicationError) -> HTTPResponse {
        let request = try request(method, path, body)
        var attempt = 1
        var waited = Duration.zero
        while true {
            let failure: PublicationError
            switch await send(request) {
            case .success(let response):
                if (200..<300).contains(response.status), !response.text.contains("\"RATELIMITED\"") { return response }
                if let wait = RateLimit.wait(
                    response, now: patience.now(), fallback: patience.backOff(after: attempt))
                {
                    // A refused request was not done, so that it may always be sent again.
                    try await rest(wait, &waited, method, path)
                    continue
                }
                failure = self.failure(response, method, path)
            case .failure(let error):
                failure = PublicationError(
                    .unanswered, "\(name) did not answer: \(error)",
                    advice: "Nobody knows whether it was done; the same command finds out")
            }
            guard failure.code == .unanswered, isRepeatable, attempt < patience.attempts else { throw failure }
            await patience.sleep(patience.backOff(after: attempt))
            attempt += 1
        }
    }

    private func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPError> {
        do throws(HTTPError) {
            return .success(try await http.send(request))
        } catch {
            return .failure(error)
        }
    }

    private func rest(
        _ wait: Duration, _ waited: inout Duration, _ method: String, _ path: String
    ) async throws(PublicationError) {
        guard waited + wait <= patience.longest else {
            let seconds = wait.components.seconds
            throw PublicationError(
                .limited, "\(name) limits the rate of requests and wants \(method) \(path) again in \(seconds) s",
                advice: "Run the same command again then")
        }
        notify("\(name) limits the rate of requests: going on in \(wait.components.seconds) s")
        await patience.sleep(wait)
        waited += max(wait, .seconds(1))
    }

    private func request(
        _ method: String, _ path: String, _ body: JSONValue?
    ) throws(PublicationError) -> HTTPRequest {
        var headers = headers
        var bytes: [UInt8]?
        if let body {
            do { bytes = Array(try JSON.data(body)) } catch {
                throw PublicationError(.unusable, "\(method) \(path): the body cannot be written as JSON: \(error)")
            }
            headers.append(HTTPHeader("Content-Type", "application/json"))
        }
        // A new connection for each: libcurl sends a request by itself again when one that it kept open ends without an answer, and
        // whatever the request makes would be there twice.
        return HTTPRequest(
            method: method, url: base + path, headers: headers, body: bytes, deadline: patience.deadline,
            maximumBodyBytes: 16 << 20, followsRedirects: true, maximumRedirects: 3, reusesConnection: false)
    }

    func value(of response: HTTPResponse, _ method: String, _ path: String) throws(PublicationError) -> JSONValue {
        guard !response.body.isEmpty else { return .null }
        do { return try response.json(JSONValue.self, largestCount: 1_000_000) } catch {
            throw malformed(method, path, "JSON")
        }
    }

    func malformed(_ method: String, _ path: String, _ expected: String) -> PublicationError {
        PublicationError(
            .malformed, "\(name) answered \(method) \(path) with something else than \(expected)",
            advice: "Look whether \(base) is the address of its API")
    }

    private func failure(_ response: HTTPResponse, _ method: String, _ path: String) -> PublicationError {
        let message = Self.message(of: response)
        let said = message.isEmpty ? "" : ": \(message)"
        return PublicationError(
            response.status >= 500 ? .unanswered : .refused,
            "\(name) returned \(response.status) for \(method) \(base)\(path)\(said)",
            advice: response.status >= 500
                ? "The service fails; the same command goes on later" : advice(response.status, message),
            status: response.status)
    }

    /// What the answer says in words, on one line.
    static func message(of response: HTTPResponse) -> String {
        guard let body = try? response.json(JSONValue.self) else { return "" }
        var parts: [String] = []
        for key in ["message", "error", "error_description"] {
            if let value = body[key], value != .null { parts.append(value.text) }
        }
        for error in body["errors"]?.array ?? [] {
            let named = ["resource", "field", "code"].compactMap { error[$0]?.string }.joined(separator: " ")
            parts.append(error["message"]?.string ?? error.string ?? (named.isEmpty ? error.text : named))
        }
        return String(TerminalText.safe(parts.joined(separator: "; ")).prefix(500))
    }
}

/// A request that a dry run shows.
public struct PlannedRequest: Sendable {
    public var method: String
    public var url: String
    /// JSON; nil for a file.
    var body: JSONValue

    public init(method: String, url: String, body: JSONValue) {
        self.method = method
        self.url = url
        self.body = body
    }

    /// Longer texts of a body are shown as their length: what is packed says nothing to a reader.
    private static let packed: Set<String> = ["sarif"]

    /// For a terminal: the request line and its body.
    public var text: String {
        var shown = body
        if case .object(var members) = body {
            for name in Self.packed {
                if let value = members[name]?.string {
                    members[name] = .string("(\(value.utf8.count) characters: gzip in base64)")
                }
            }
            shown = .object(members)
        }
        let json = (try? JSON.prettyData(shown)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return "\(method) \(url)\n\(json)"
    }
}

import ArgumentParser
import Formats
import Foundation
import HTTPClient
import LoadEngine
import Processes
import Secrets

/// What is sent.
struct LoadRequestOptions: ParsableArguments {
    @Option(name: .long, help: "GET by default, POST with a body.")
    var method: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Name: value. ${env:NAME} in it is replaced, so that keys stay out of histories.", valueName: "field"))
    var header: [String] = []

    @Option(name: .long, help: ArgumentHelp("The body, or @file.", valueName: "text"))
    var body: String?

    @Option(
        name: .long, help: ArgumentHelp("Statuses that count as success, such as 200 or 200-299.", valueName: "range"))
    var expectStatus: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A field the JSON answer must have: status=healthy or services.redis=up.", valueName: "field"))
    var expectJson: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Sizes of body that count as success, such as 207 or 1-65536.", valueName: "bytes"))
    var expectSize: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How often a URL is called, relative to the others; one for each URL, in their order.", valueName: "number")
    )
    var weight: [Int] = []

    @Option(name: .long, help: ArgumentHelp("Accept this certificate authority.", valueName: "file"))
    var cacert: String?

    @Flag(name: .long, help: "Accept any certificate.")
    var insecure = false

    @Flag(name: .long, help: "HTTP/2 where the server offers it.")
    var http2 = false

    @Flag(name: .long, help: "A new connection for every request.")
    var newConnections = false

    @Flag(name: .long, help: "Resume the TLS sessions of earlier connections, where the server allows it.")
    var resumeSessions = false

    func requests(_ urls: [String]) throws -> [LoadRequest] {
        guard weight.isEmpty || weight.count == urls.count else {
            throw CommandFailure.usage("--weight: expected one for each of the \(urls.count) URLs, got \(weight.count)")
        }
        let content = try body.map(bytes)
        let (fields, expectation) = (try header.map(field), try expectation())
        return urls.indices.map { index in
            LoadRequest(
                method: method ?? (content == nil ? "GET" : "POST"), url: urls[index], headers: fields, body: content,
                weight: weight.isEmpty ? 1 : weight[index], expectation: expectation)
        }
    }

    func client() throws -> HTTPClientConfiguration {
        if let cacert {
            do throws(OutsideFileError) {
                try OutsideFile.examine(cacert, limit: 16 << 20)
            } catch {
                throw CommandFailure.usage("--cacert: ‘\(cacert)’ \(error.reason)")
            }
        }
        return HTTPClientConfiguration(
            version: http2 ? .http2 : .http1, tls: .init(verifies: !insecure, authorityFile: cacert))
    }

    private func bytes(_ text: String) throws -> [UInt8] {
        guard text.hasPrefix("@") else { return Array(text.utf8) }
        let path = String(text.dropFirst())
        do throws(OutsideFileError) {
            return Array(try OutsideFile.bytes(of: path, limit: 16 << 20))
        } catch {
            throw CommandFailure.usage("--body: ‘\(path)’ \(error.reason)")
        }
    }

    private func field(_ text: String) throws -> HTTPHeader {
        guard let colon = text.firstIndex(of: ":") else {
            throw CommandFailure.usage("--header: expected 'Name: value', got a field without a colon")
        }
        let value = text[text.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        let header = HTTPHeader(String(text[..<colon]), try withVariables(value))
        if Self.isCredential(header.name) {
            let secret = header.value.split(separator: " ").last.map(String.init) ?? ""
            Redactor.process.learn(secret, as: header.name.lowercased())
        }
        return header
    }

    private static func isCredential(_ name: String) -> Bool {
        ["authorization", "proxy-authorization", "cookie"].contains(name.lowercased()) || SecretWords.isSecretName(name)
    }

    private func withVariables(_ text: String) throws -> String {
        var result = text
        while let start = result.range(of: "${env:"), let end = result[start.upperBound...].firstIndex(of: "}") {
            let name = String(result[start.upperBound..<end])
            guard let value = LaunchEnvironment.variables[name], !value.contains("${env:") else {
                throw CommandFailure.usage("--header: the variable ‘\(name)’ is not set")
            }
            Redactor.process.learn(value, as: name.lowercased().replacing("_", with: "-"))
            result.replaceSubrange(start.lowerBound...end, with: value)
        }
        return result
    }

    private func expectation() throws -> ResponseExpectation {
        var expectation = ResponseExpectation()
        if let expectStatus {
            guard let range = Self.range(expectStatus), range.lowerBound >= 100, range.upperBound <= 599 else {
                throw CommandFailure.usage("--expect-status: expected 200 or 200-299, got ‘\(expectStatus)’")
            }
            expectation.statuses = range
        }
        if let expectSize {
            guard let range = Self.range(expectSize) else {
                throw CommandFailure.usage("--expect-size: expected 207 or 1-65536, got ‘\(expectSize)’")
            }
            expectation.bodyBytes = range
        }
        if let expectJson {
            guard let equals = expectJson.firstIndex(of: "="), equals > expectJson.startIndex else {
                throw CommandFailure.usage("--expect-json: expected path=value, got ‘\(expectJson)’")
            }
            expectation.json = .init(
                path: expectJson[..<equals].split(separator: ".").map(String.init),
                value: String(expectJson[expectJson.index(after: equals)...]))
        }
        return expectation
    }

    /// `200` or `200-299`; nil for anything else.
    private static func range(_ text: String) -> ClosedRange<Int>? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let bounds = parts.compactMap { Int($0) }
        guard let low = bounds.first, let high = bounds.last, bounds.count == parts.count, bounds.count <= 2, low >= 0,
            low <= high
        else { return nil }
        return low...high
    }
}

import Foundation

/// One certificate of a server's chain.
public struct Certificate: Hashable, Sendable, Codable {
    public var subject: String
    public var issuer: String
    public var serialNumber: String
    public var notBefore: Date?
    public var notAfter: Date?
    /// DNS names and addresses it is valid for.
    public var alternativeNames: [String]
    public var pem: String

    public init(
        subject: String, issuer: String, serialNumber: String = "", notBefore: Date? = nil, notAfter: Date? = nil,
        alternativeNames: [String] = [], pem: String = ""
    ) {
        self.subject = subject
        self.issuer = issuer
        self.serialNumber = serialNumber
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.alternativeNames = alternativeNames
        self.pem = pem
    }

    /// From libcurl's `Name:value` lines (CURLINFO_CERTINFO).
    init(lines: [String]) {
        var fields: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
        self.init(
            subject: fields["Subject"] ?? "",
            issuer: fields["Issuer"] ?? "",
            serialNumber: fields["Serial Number"] ?? "",
            notBefore: fields["Start date"].flatMap(Certificate.date),
            notAfter: fields["Expire date"].flatMap(Certificate.date),
            alternativeNames: (fields["X509v3 Subject Alternative Name"] ?? "")
                .split(separator: ",").map { Certificate.alternativeName(String($0)) },
            pem: fields["Cert"] ?? "")
    }

    /// `DNS:api.example.test` or `IP Address:127.0.0.1` without its kind.
    private static func alternativeName(_ text: String) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let colon = trimmed.firstIndex(of: ":") else { return trimmed }
        return String(trimmed[trimmed.index(after: colon)...])
    }

    /// OpenSSL's form, always in GMT: `Jan  2 03:04:05 2026 GMT`.
    static func date(_ text: String) -> Date? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count >= 4, let month = months.firstIndex(of: String(words[0])), let day = Int(words[1]),
            let year = Int(words[3])
        else { return nil }
        let clock = words[2].split(separator: ":").compactMap { Int($0) }
        // Calendars compute with whatever they get, and overflow.
        guard clock.count == 3, (1...31).contains(day), (1...9999).contains(year), clock.allSatisfy((0...60).contains)
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(
            from: DateComponents(
                year: year, month: month + 1, day: day, hour: clock[0], minute: clock[1], second: clock[2]))
    }
}

import RunModel

/// Reads a kept piece of evidence; nil when it is not there.
public typealias EvidenceReader = @Sendable (EvidenceReference) -> [UInt8]?

/// The beginnings of the pieces of evidence that stand in the page: of what went wrong first and most, within a limit for all.
struct Transcripts {
    /// All pieces together, in bytes.
    static let maximumTotal = 900_000
    /// One piece of a check that did not pass, and of one that did.
    static let maximumOfTrouble = 6000
    static let maximumOfPass = 1500
    private static let endings: Set = ["txt", "json", "xml", "html"]

    /// Markup by the path of the piece.
    private let texts: [String: String]

    init(of rows: [CheckRow], reader: EvidenceReader?) {
        var texts: [String: String] = [:]
        var left = Self.maximumTotal
        if let reader {
            for row in rows.filter({ !$0.isWorking }) + rows.filter(\.isWorking) {
                for reference in row.result?.evidence ?? [] where texts[reference.path] == nil {
                    guard left > 0, Self.endings.contains(reference.fileExtension), let bytes = reader(reference) else {
                        continue
                    }
                    let limit = min(left, row.isWorking ? Self.maximumOfPass : Self.maximumOfTrouble)
                    texts[reference.path] = Self.markup(bytes, limit)
                    left -= min(limit, bytes.count)
                }
            }
        }
        self.texts = texts
    }

    subscript(reference: EvidenceReference) -> String? { texts[reference.path] }

    private static func markup(_ bytes: [UInt8], _ limit: Int) -> String {
        var kept = bytes.prefix(limit)
        // A character that the limit cuts through is left out.
        if kept.count < bytes.count, bytes[kept.count] & 0xC0 == 0x80 {
            while let last = kept.last, last & 0xC0 == 0x80 { kept.removeLast() }
            if let last = kept.last, last >= 0xC0 { kept.removeLast() }
        }
        return PageText.block(String(decoding: kept, as: UTF8.self), limit: limit * 3)
            + PageText.mark(bytes.count - kept.count)
    }
}

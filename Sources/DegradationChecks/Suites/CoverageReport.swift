import Formats
import Foundation

/// Line coverage of files, from Cobertura XML. Several of them merge: a line counts its hits over all suites.
struct CoverageReport: Hashable, Sendable {
    private(set) var hits: [String: [Int: Int]] = [:]
    private(set) var problems: [String] = []

    /// The largest file that is opened, in bytes, and the most lines of code that are counted.
    static let largestFile = 64 << 20
    private static let largestCount = 400_000

    var lines: Int { hits.values.reduce(0) { $0 + $1.count } }
    var coveredLines: Int { hits.values.reduce(0) { $0 + $1.values.count { $0 > 0 } } }
    /// 0…1; nil without lines.
    var ratio: Double? { lines == 0 ? nil : Double(coveredLines) / Double(lines) }

    /// Adds a Cobertura file, as far as it is sound.
    mutating func add(_ handle: FileHandle, name: String) {
        var scanner = XMLScanner(handle, limits: XMLScanner.Limits(size: Self.largestFile))
        var file: String?
        var room = Self.largestCount - lines
        do {
            while let event = try scanner.next() {
                guard case .start(let element, let attributes) = event else { continue }
                if element == "class" { file = attributes["filename"] }
                guard element == "line", let file, let number = attributes["number"].flatMap({ Int($0) }),
                    let count = attributes["hits"].flatMap({ Int($0) }), count >= 0
                else { continue }
                room -= 1
                guard room >= 0 else {
                    problems.append("\(name) has more lines than are counted; the rest was not read")
                    return
                }
                let (sum, overflows) = hits[file, default: [:]][number, default: 0].addingReportingOverflow(count)
                hits[file, default: [:]][number] = overflows ? Int.max : sum
            }
        } catch {
            problems.append("\(name) is not sound \(error)")
        }
    }

    /// The merged report as Cobertura XML.
    var cobertura: String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text +=
            "<coverage line-rate=\"\(ratio ?? 0)\" lines-covered=\"\(coveredLines)\" lines-valid=\"\(lines)\" version=\"1\">\n"
        text += "  <packages><package name=\"all\" line-rate=\"\(ratio ?? 0)\"><classes>\n"
        for (file, lines) in hits.sorted(by: { $0.key < $1.key }) {
            let rate = Double(lines.values.count { $0 > 0 }) / Double(max(1, lines.count))
            let name = Self.escaped(file)
            text += "    <class name=\"\(name)\" filename=\"\(name)\" line-rate=\"\(rate)\"><lines>\n"
            for (number, count) in lines.sorted(by: { $0.key < $1.key }) {
                text += "      <line number=\"\(number)\" hits=\"\(count)\"/>\n"
            }
            text += "    </lines></class>\n"
        }
        return text + "  </classes></package></packages>\n</coverage>\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}

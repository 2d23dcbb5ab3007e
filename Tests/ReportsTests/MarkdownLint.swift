/// What a broken or hijacked Markdown document would show: tables torn apart, code that never ends, foreign headings.
enum MarkdownLint {
    static func faults(in document: String) -> [String] {
        var faults: [String] = []
        var fence: Substring?
        var columns: Int?
        for (index, line) in document.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let ticks = line.prefix { $0 == "`" }
            if let open = fence {
                if ticks == line, ticks.count >= open.count { fence = nil }
                continue
            }
            if ticks.count >= 3 {
                fence = ticks
                columns = nil
                continue
            }
            if line.hasPrefix("|") {
                let cells = cellCount(line)
                if let columns, columns != cells {
                    faults.append("line \(index + 1): \(cells) cells instead of \(columns): \(line)")
                }
                if !line.hasSuffix("|") { faults.append("line \(index + 1): the row does not end: \(line)") }
                columns = cells
            } else {
                columns = nil
            }
            if line.contains("<") { faults += foreignMarkup(line, index + 1) }
        }
        if fence != nil { faults.append("a block of code never ends") }
        let hidden = document.unicodeScalars.filter { scalar in
            scalar != "\n" && scalar != "\t" && scalar != "\u{200B}"
                && [.control, .format].contains(scalar.properties.generalCategory)
        }
        if !hidden.isEmpty { faults.append("hidden characters: \(hidden.map { String($0.value, radix: 16) })") }
        return faults
    }

    private static func cellCount(_ line: Substring) -> Int {
        var count = -1
        var escaped = false
        for character in line {
            if character == "|", !escaped { count += 1 }
            escaped = character == "\\" && !escaped
        }
        return count
    }

    /// Only the markup of our own templates may stand outside of code.
    private static func foreignMarkup(_ line: Substring, _ number: Int) -> [String] {
        let ours = ["<wbr>", "<details><summary>", "</summary>", "</details>", "<!-- plumbline:"]
        var rest = String(line)
        for markup in ours { rest = rest.replacing(markup, with: "") }
        return withoutCode(rest).contains("<") ? ["line \(number): foreign markup: \(line)"] : []
    }

    /// Code inside a line shows its contents as they are; it ends at as many backticks as it began with.
    private static func withoutCode(_ line: String) -> String {
        var result = ""
        var rest = line[...]
        while let start = rest.firstIndex(of: "`") {
            // An escaped backtick begins nothing.
            if rest[..<start].last == "\\" {
                result += rest[...start]
                rest = rest[rest.index(after: start)...]
                continue
            }
            result += rest[..<start]
            let fence = rest[start...].prefix { $0 == "`" }
            var search = rest[fence.endIndex...]
            var end: Substring.Index?
            while let found = search.firstIndex(of: "`") {
                let ticks = search[found...].prefix { $0 == "`" }
                if ticks.count == fence.count {
                    end = ticks.endIndex
                    break
                }
                search = search[ticks.endIndex...]
            }
            rest = rest[(end ?? fence.endIndex)...]
        }
        return result + rest
    }
}

import RunModel

extension Verification {
    /// One line for a shell that succeeds when the fault is gone and fails while it is there.
    var line: String {
        switch tool {
        case .curl: curlLine
        case .plumbline: "\(command) --strict"
        case .redis, .psql, .aws, .getent, .openssl: "\(command)\(texts.isEmpty ? " >/dev/null" : filtered)"
        }
    }

    private var curlLine: String {
        let arguments = ["curl -sS -i ", "curl -sS "].first(where: command.hasPrefix).map {
            command.dropFirst($0.count)
        }
        let request = arguments.map(String.init) ?? command
        if !texts.isEmpty { return "curl -sS --fail-with-body \(request)\(filtered)" }
        // Without a status that is promised, any answer shows that the fault is gone.
        guard let statuses = repaired.lazy.compactMap(\.statuses).first else {
            return "curl -sS -o /dev/null \(request)"
        }
        if statuses.allSatisfy((200..<300).contains) { return "curl -sS --fail-with-body \(request)" }
        let wanted = Self.patterns(of: statuses, any: "..").joined(separator: "|")
        return "curl -sS -o /dev/null -w '%{http_code}\\n' \(request) | grep -Ex \(ShellText.quoted(wanted))"
    }

    /// What filters an answer down to nothing when it lacks what it must hold, or holds what it must lack.
    private var filtered: String { " | tr -d '[:space:]'\(texts.joined()) >/dev/null" }

    private var texts: [String] {
        repaired.compactMap { condition in
            switch condition {
            case .contains(let text): " | grep -F \(ShellText.quoted(text.filter { !$0.isWhitespace }))"
            case .lacks(let text): " | grep -vF \(ShellText.quoted(text.filter { !$0.isWhitespace }))"
            case .exit, .status: nil
            }
        }
    }

    /// Statuses as patterns; a hundred that is there with all its statuses is one.
    ///
    /// - Parameter any: two characters of any kind, in the language of the pattern.
    static func patterns(of statuses: [Int], any: String) -> [String] {
        let whole = Set(statuses.map { $0 / 100 }).filter { hundred in
            (hundred * 100..<hundred * 100 + 100).allSatisfy(statuses.contains)
        }
        return whole.sorted().map { "\($0)\(any)" } + statuses.filter { !whole.contains($0 / 100) }.map(String.init)
    }
}

extension Verification.Condition {
    fileprivate var statuses: [Int]? { if case .status(let statuses) = self { statuses } else { nil } }
}

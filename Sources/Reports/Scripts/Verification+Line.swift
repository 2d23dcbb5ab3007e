import RunModel

extension Verification {
    /// One line for a shell that succeeds when the fault is gone and fails while it is there.
    var line: String {
        switch tool {
        case .curl: curlLine
        case .redis: "\(command) | grep -qx PONG"
        case .plumbline: "\(command) --strict"
        case .psql, .aws, .getent, .openssl: "\(command) >/dev/null"
        }
    }

    private var curlLine: String {
        let arguments = ["curl -sS -i ", "curl -sS "].first(where: command.hasPrefix).map {
            command.dropFirst($0.count)
        }
        let request = arguments.map(String.init) ?? command
        let texts = repaired.compactMap { condition -> String? in
            switch condition {
            case .contains(let text): " | grep -F \(ShellText.quoted(text.filter { !$0.isWhitespace }))"
            case .lacks(let text): " | grep -vF \(ShellText.quoted(text.filter { !$0.isWhitespace }))"
            case .exit, .status: nil
            }
        }
        if !texts.isEmpty {
            return "curl -sS --fail-with-body \(request) | tr -d '[:space:]'\(texts.joined()) >/dev/null"
        }
        guard let statuses = repaired.lazy.compactMap(\.statuses).first, !statuses.allSatisfy((200..<300).contains)
        else {
            return "curl -sS --fail-with-body \(request)"
        }
        let wanted = statuses.map(String.init).joined(separator: "|")
        return "curl -sS -o /dev/null -w '%{http_code}\\n' \(request) | grep -Ex \(ShellText.quoted(wanted))"
    }
}

extension Verification.Condition {
    fileprivate var statuses: [Int]? { if case .status(let statuses) = self { statuses } else { nil } }
}

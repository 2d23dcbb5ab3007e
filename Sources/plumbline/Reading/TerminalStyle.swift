import Foundation
import Processes
import Secrets

#if canImport(Glibc)
    import Glibc
#endif

/// What a line on stdout says of itself by its colour.
enum Tone: String {
    case plain = ""
    case heading = "1"
    case bad = "31"
    case doubtful = "33"
    case good = "32"
}

/// One line for a reader at a terminal.
struct TonedLine {
    let text: String
    var tone = Tone.plain

    init(_ text: String, _ tone: Tone = .plain) {
        self.text = text
        self.tone = tone
    }
}

/// How wide stdout is, and whether it shows colours.
struct TerminalStyle {
    /// In characters; nil when stdout is no terminal, where lines are not cut.
    let width: Int?
    let isColoured: Bool

    /// Colours only on a terminal that shows them, and never with `NO_COLOR` (no-color.org).
    static func standardOutput(_ environment: [String: String] = LaunchEnvironment.variables) -> TerminalStyle {
        guard isatty(STDOUT_FILENO) == 1 else { return TerminalStyle(width: nil, isColoured: false) }
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20
        let refuses = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        return TerminalStyle(width: isKnown ? Int(size.ws_col) : 80, isColoured: !refuses)
    }

    /// Masked, harmless to the terminal, and cut to its width, in this order.
    func line(_ line: TonedLine) -> RedactedText {
        var text: RedactedText = "\(line.text)"
        text = text.terminalSafe
        if let width, text.text.count > width - 1 { text = text.prefix(width - 2) + "…" }
        guard isColoured, line.tone != .plain else { return text + "\n" }
        let (start, end): (RedactedText, RedactedText) = ("\u{1B}[\(line.tone.rawValue)m", "\u{1B}[0m\n")
        return text.text.isEmpty ? "\n" : start + text + end
    }

    func write(_ lines: [TonedLine]) { StandardOutput.steer(lines.map(line).joined()) }
}

import Durable
import RunModel

@testable import Job

extension JournalFormat {
    /// Reads all lines of a journal.
    ///
    /// A last line that is not whole (the process died while it wrote) is left out, and the bytes before it are counted in
    /// `wholeBytes`. Damage anywhere else is an error: nothing of such a journal is used.
    static func read(_ bytes: [UInt8], path: String) throws(JournalError) -> Contents {
        var contents = Contents()
        var chain = LineChain()
        do throws(LineDamage) {
            contents.wholeBytes = try chain.read(bytes[...], isEnd: true) { (body) throws(LineDamage) in
                contents.entries.append(try entry(in: body, seq: contents.entries.count + 1))
            }
        } catch {
            throw .damaged(path: path, line: error.line)
        }
        contents.tornBytes = bytes.count - contents.wholeBytes
        return contents
    }

    struct Contents {
        var entries: [JournalEntry] = []
        var wholeBytes = 0
        var tornBytes = 0
    }
}

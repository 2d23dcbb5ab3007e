/// Finds any of many byte strings in one pass over a text (A. V. Aho and M. J. Corasick, CACM 18, 1975).
///
/// The time grows with the text and not with the number of strings. States near the root, where a text without secrets stays,
/// have a row of 256 successors; deeper ones have a list of at most two, so that a long secret costs bytes and not kilobytes.
struct SecretAutomaton: Sendable {
    private struct Node {
        /// The state of the longest proper suffix that is a prefix of any string.
        var failure: Int32 = 0
        /// Index of the row of successors; -1 where there is a list.
        var row: Int32 = -1
        var firstChild: Int32 = -1
        var sibling: Int32 = -1
        /// The string that ends here; -1 for none.
        var output: Int32 = -1
        /// The nearest shorter state with an output; -1 for none.
        var outputLink: Int32 = -1
        var depth: Int32 = 0
        /// A string that goes through here.
        var owner: Int32 = -1
        var byte: UInt8 = 0
        var childCount: UInt8 = 0
    }

    /// Where a scan is, to go on from.
    struct State: Hashable, Sendable {
        fileprivate var index: Int32 = 0
    }

    private var nodes: [Node] = [Node()]
    private var rows: [Int32] = []

    /// States whose list of successors is longer get a row.
    private static let longestList = 2

    /// A plus sign and a blank are one byte here: forms (`application/x-www-form-urlencoded`) write one for the other.
    @inline(__always) static func folded(_ byte: UInt8) -> UInt8 { byte == UInt8(ascii: "+") ? 0x20 : byte }

    /// - Parameter strings: none of them empty. Of equal ones the first counts.
    init(_ strings: [[UInt8]]) {
        for (index, string) in strings.enumerated() { insert(string, as: Int32(index)) }
        link()
    }

    private mutating func insert(_ string: [UInt8], as index: Int32) {
        var state: Int32 = 0
        for byte in string.lazy.map(Self.folded) {
            var child = nodes[Int(state)].firstChild
            while child >= 0, nodes[Int(child)].byte != byte { child = nodes[Int(child)].sibling }
            if child < 0 {
                child = Int32(nodes.count)
                nodes.append(
                    Node(
                        sibling: nodes[Int(state)].firstChild, depth: nodes[Int(state)].depth + 1, owner: index,
                        byte: byte))
                nodes[Int(state)].firstChild = child
                nodes[Int(state)].childCount = min(nodes[Int(state)].childCount, 254) + 1
            }
            state = child
        }
        if nodes[Int(state)].output < 0 { nodes[Int(state)].output = index }
    }

    /// Sets failures and rows, the shallow states first.
    private mutating func link() {
        var queue: [Int32] = [0]
        var head = 0
        while head < queue.count {
            let state = queue[head]
            head += 1
            var child = nodes[Int(state)].firstChild
            while child >= 0 {
                let failure = state == 0 ? 0 : successor(of: nodes[Int(state)].failure, nodes[Int(child)].byte)
                nodes[Int(child)].failure = failure
                nodes[Int(child)].outputLink =
                    nodes[Int(failure)].output >= 0 ? failure : nodes[Int(failure)].outputLink
                queue.append(child)
                child = nodes[Int(child)].sibling
            }
            if nodes[Int(state)].depth <= 1 || nodes[Int(state)].childCount > Self.longestList { addRow(to: state) }
        }
    }

    private mutating func addRow(to state: Int32) {
        var row = (0...255).map { byte in
            state == 0 ? 0 : successor(of: nodes[Int(state)].failure, UInt8(byte))
        }
        var child = nodes[Int(state)].firstChild
        while child >= 0 {
            row[Int(nodes[Int(child)].byte)] = child
            child = nodes[Int(child)].sibling
        }
        row[Int(UInt8(ascii: "+"))] = row[0x20]
        nodes[Int(state)].row = Int32(rows.count / 256)
        rows += row
    }

    private func successor(of state: Int32, _ byte: UInt8) -> Int32 {
        nodes.withUnsafeBufferPointer { nodes in
            rows.withUnsafeBufferPointer { rows in Self.successor(of: state, Self.folded(byte), nodes, rows) }
        }
    }

    @inline(__always)
    private static func successor(
        of state: Int32, _ byte: UInt8, _ nodes: UnsafeBufferPointer<Node>, _ rows: UnsafeBufferPointer<Int32>
    ) -> Int32 {
        var state = state
        while true {
            let row = nodes[Int(state)].row
            if row >= 0 { return rows[Int(row) << 8 | Int(byte)] }
            var child = nodes[Int(state)].firstChild
            while child >= 0 {
                if nodes[Int(child)].byte == byte { return child }
                child = nodes[Int(child)].sibling
            }
            state = nodes[Int(state)].failure
        }
    }

    /// Reads bytes on from a state.
    ///
    /// - Parameters:
    ///   - isWatched: of each byte value, whether `atWatched` is to hear of it.
    ///   - atWatched: the position of a watched byte, and the state before it.
    ///   - found: the position after a string, and the string. Longer ones come before those that end within them.
    /// - Returns: the state at the end.
    @inline(__always)
    func scan(
        _ bytes: UnsafeBufferPointer<UInt8>, isWatched: [Bool], atWatched: (Int, State) -> Void = { _, _ in },
        found: (Int, Int) -> Void
    ) -> State {
        var state: Int32 = 0
        nodes.withUnsafeBufferPointer { nodes in
            rows.withUnsafeBufferPointer { rows in
                isWatched.withUnsafeBufferPointer { isWatched in
                    for position in 0..<bytes.count {
                        let byte = bytes[position]
                        if isWatched[Int(byte)] { atWatched(position, State(index: state)) }
                        state = Self.successor(of: state, Self.folded(byte), nodes, rows)
                        if state == 0 { continue }
                        var output = nodes[Int(state)].output >= 0 ? state : nodes[Int(state)].outputLink
                        while output >= 0 {
                            found(position + 1, Int(nodes[Int(output)].output))
                            output = nodes[Int(output)].outputLink
                        }
                    }
                }
            }
        }
        return State(index: state)
    }

    /// How many bytes before this state are the beginning of a string, and of which.
    func beginning(at state: State) -> (length: Int, string: Int)? {
        let node = nodes[Int(state.index)]
        return node.depth > 0 ? (Int(node.depth), Int(node.owner)) : nil
    }
}

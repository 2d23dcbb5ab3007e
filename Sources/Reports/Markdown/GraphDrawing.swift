import Diagnosis
import RunModel

/// The map of the platform in the language of Mermaid, which GitHub and GitLab draw.
///
/// Names come from outside. In a label every character beyond letters, digits and a few signs stands by its number, so that none
/// ends the label, the line or the block.
struct GraphDrawing {
    let map: PlatformMap

    /// The block with its fence; it wants a line of its own.
    var block: String {
        var lines = ["```mermaid", "flowchart LR"]
        var places: [Component: Int] = [:]
        for (index, node) in map.nodes.enumerated() {
            places[node.component] = index
            let findings =
                node.findings.isEmpty ? "" : " (cause \(node.findings.map(String.init).joined(separator: ", ")))"
            lines.append(
                "  n\(index)[\"\(Self.label(node.title))<br>\(node.state.rawValue)\(findings)\"]:::\(Self.style(node.state))"
            )
        }
        for edge in map.edges {
            guard let from = places[edge.from], let to = places[edge.to] else { continue }
            lines.append(
                "  n\(from) \(edge.failed > 0 && edge.passed == 0 ? "-.-x" : "-->")|\"\(Self.words(edge))\"| n\(to)")
        }
        for state in PlatformMap.State.allCases {
            lines.append("  classDef \(Self.style(state)) \(Self.paint(state))")
        }
        return (lines + ["```"]).joined(separator: "\n")
    }

    static func words(_ edge: ComponentGraph.Edge) -> String {
        edge.passed + edge.failed == 0 ? "not observed" : "\(edge.passed) held, \(edge.failed) broken"
    }

    /// The longest name in a picture, in characters.
    private static let longestLabel = 60

    private static func label(_ text: String) -> String {
        var result = ""
        for scalar in VisibleText.line(text, limit: longestLabel).unicodeScalars {
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || (48...57).contains(scalar.value))
                || " ._/-:".unicodeScalars.contains(scalar)
            if isPlain { result.unicodeScalars.append(scalar) } else { result += "#\(scalar.value);" }
        }
        return result
    }

    private static func style(_ state: PlatformMap.State) -> String {
        switch state {
        case .atFault: "fault"
        case .suspected: "suspected"
        case .affected: "affected"
        case .works: "works"
        case .unseen: "unseen"
        }
    }

    private static func paint(_ state: PlatformMap.State) -> String {
        switch state {
        case .atFault: "fill:#ffd7d5,stroke:#b3261e,stroke-width:3px,color:#1f1f1f"
        case .suspected: "fill:#ffe8c2,stroke:#8a5a00,stroke-width:2px,color:#1f1f1f"
        case .affected: "fill:#fff6d6,stroke:#8a5a00,color:#1f1f1f"
        case .works: "fill:#d9f2dd,stroke:#1b6e32,color:#1f1f1f"
        case .unseen: "fill:#eeeeee,stroke:#6b6b6b,stroke-dasharray:4 3,color:#1f1f1f"
        }
    }
}

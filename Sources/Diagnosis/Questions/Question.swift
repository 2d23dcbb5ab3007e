import RunModel

/// One read-only look that tells causes apart.
public struct Question: Hashable, Sendable {
    public enum Look: Hashable, Sendable {
        /// Ask a component itself, with nothing between: a page of its own, `SELECT 1`, `PING`.
        case directly(Component)
        /// Let a component use another: what it says of that one, and how long it takes to say so.
        case through(Component, Component)
        /// Ask a service at every address of its name, each by itself.
        case atEachAddress(Component)
        /// Speak with a service without TLS.
        case withoutTLS(Component)
        /// Read how the tasks of a service are, and why they stopped.
        case tasks(Component)
    }

    public var look: Look
    /// The causes that it tells apart.
    public var between: [Cause]
    public var text: String

    /// The most looks of one run, and how long all of them may take together.
    public static let most = 6
    public static let budget = Duration.seconds(40)
    /// How long one look may take.
    public static let deadline = Duration.seconds(10)
}

extension Question {
    /// One line of the table of discriminating looks.
    private struct Entry {
        /// Why the look tells such causes apart, as a sentence with both of them.
        var reason: String
        /// The look for two causes in this order; nil where it tells them nothing.
        var look: @Sendable (Cause, Cause) -> Look?
    }

    /// Tried in this order for each pair of causes that are left.
    private static let table: [Entry] = [
        Entry(reason: "a component that answers us is neither stopped nor hung, and its user has the wrong setting") {
            $0.isOfService && $1.about == $0.component ? .directly($0.component) : nil
        },
        Entry(reason: "a component that answers us works, and what lies between it and its user does not") {
            $0.isOfService && $1.mode == .blocked && $1.leadsTo($0.component) ? .directly($0.component) : nil
        },
        Entry(reason: "a component that answers us runs, and what it has of another one is wrong") {
            $0.isOfService && $1.component == $0.component && $1.about != nil ? .directly($0.component) : nil
        },
        Entry(reason: "a gateway's page does not say which of the services behind it is away") {
            $0.isOfService && $1.isOfService && $0.component != $1.component ? .directly($0.component) : nil
        },
        Entry(reason: "a server that answers a new request does not hang, and something in it is held up") {
            $0.mode == .hung && $1.component == $0.component ? .directly($0.component) : nil
        },
        Entry(reason: "a service whose tasks run is not stopped, and one whose tasks stopped says why") {
            $0.component.kind == .service && $0.mode == .stopped && $1 != $0 ? .tasks($0.component) : nil
        },
        Entry(reason: "what speaks plainly lacks TLS alone, and what does not is another service") {
            $0.mode == .garbage && $1.mode == .misconfigured && $1.component == $0.component && $1.about == nil
                ? .withoutTLS($0.component) : nil
        },
        Entry(reason: "an address that accepts is not cut off, and one that answers does not hang") {
            $0.component.kind == .service && $0.mode == .hung && $1.mode == .blocked && $1.leadsTo($0.component)
                ? .atEachAddress($0.component) : nil
        },
        Entry(reason: "a wrong setting is refused at once, and a connection that is cut off ends when patience does") {
            // Who refuses the credentials says so as soon as a wrong address does.
            guard let other = $0.about, $1.mode == .blocked || $1.component == other && $1.mode != .refused else {
                return nil
            }
            return .through($0.component, other)
        },
        Entry(reason: "what another component still uses does not hang, and only the way from here is closed") {
            $0.isOfService && $0.component != .api && $1.mode == .blocked ? .through(.api, $0.component) : nil
        },
    ]

    /// The looks that tell the causes of an open explanation apart, the most telling first.
    static func all(between causes: [Cause]) -> [Question] {
        var questions: [Question] = []
        for entry in table {
            for first in causes {
                for second in causes where second != first {
                    guard let look = entry.look(first, second), !questions.contains(where: { $0.look == look }) else {
                        continue
                    }
                    questions.append(Question(look: look, between: causes, text: "\(look.title): \(entry.reason)"))
                }
            }
        }
        return questions
    }
}

extension Question.Look {
    /// What is done, as the beginning of a sentence.
    fileprivate var title: String {
        switch self {
        case .directly(let component): "\(component.title) asked directly"
        case .through(let user, let used): "\(user.title) asked for \(used.nameInSentence)"
        case .atEachAddress(let component): "\(component.title) asked at each address of its name"
        case .withoutTLS(let component): "\(component.title) asked without TLS"
        case .tasks(let component): "The tasks of \(component.nameInSentence) read in ECS"
        }
    }
}

extension Cause {
    /// Whether it is a state of a service or a store that an answer of it would disprove.
    fileprivate var isOfService: Bool {
        component.isService && about == nil && [.stopped, .hung, .failing, .refused, .garbage].contains(mode)
    }

    /// Whether it is of the connection to a component.
    fileprivate func leadsTo(_ other: Component) -> Bool {
        component.kind == .flow && component == .flow(.vantage, other)
            || component.kind == .flow
                && component.name.hasSuffix(">\(other.name.isEmpty ? other.kind.rawValue : other.name)")
    }
}

extension Inference {
    /// The looks that would tell the causes apart that are left of each explanation, the first explanation's first.
    public var questions: [Question] {
        explanations.filter { $0.causes.count + $0.doubted.count > 1 }.flatMap {
            Question.all(between: $0.causes + $0.doubted)
        }
    }
}

/// HTML's character references (HTML Living Standard §13.2.5.72 and §13.5): all numeric ones, and the names of those characters
/// that encoders write and secrets hold.
enum CharacterReference {
    /// - Parameter name: what stands between the ampersand and the semicolon.
    static func scalar(_ name: UnsafeBufferPointer<UInt8>) -> Unicode.Scalar? {
        guard let first = name.first, first == UInt8(ascii: "#") else {
            return names[String(decoding: name, as: UTF8.self)]
        }
        var digits = name.dropFirst()
        let isHexadecimal = digits.first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
        if isHexadecimal { digits = digits.dropFirst() }
        guard !digits.isEmpty else { return nil }
        var number: UInt32 = 0
        for byte in digits {
            guard let digit = byte.hexadecimal, isHexadecimal || digit < 10, number < 0x110000 else { return nil }
            number = number * (isHexadecimal ? 16 : 10) + UInt32(digit)
        }
        return Unicode.Scalar(number)
    }

    private static let names: [String: Unicode.Scalar] = {
        var names: [String: Unicode.Scalar] = [:]
        for (scalar, synonyms) in [
            ("\t", "Tab"), ("\n", "NewLine"), ("!", "excl"), ("\"", "quot QUOT"), ("#", "num"), ("$", "dollar"),
            ("%", "percnt"), ("&", "amp AMP"), ("'", "apos"), ("(", "lpar"), (")", "rpar"), ("*", "ast midast"),
            ("+", "plus"), (",", "comma"), ("-", "hyphen dash"), (".", "period"), ("/", "sol"), (":", "colon"),
            (";", "semi"), ("<", "lt LT"), ("=", "equals"), (">", "gt GT"), ("?", "quest"), ("@", "commat"),
            ("[", "lsqb lbrack"), ("\\", "bsol"), ("]", "rsqb rbrack"), ("^", "Hat"), ("_", "lowbar UnderBar"),
            ("`", "grave DiacriticalGrave"), ("{", "lcub lbrace"), ("|", "verbar vert VerticalLine"),
            ("}", "rcub rbrace"), ("\u{A0}", "nbsp NonBreakingSpace"),
        ] as [(Unicode.Scalar, String)] {
            for name in synonyms.split(separator: " ") { names[String(name)] = scalar }
        }
        // U+00A0 to U+00FF, in order (Latin-1).
        let latin = """
            nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro \
            para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil \
            Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave \
            Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml \
            igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute \
            thorn yuml
            """
        for (offset, name) in latin.split(separator: " ").enumerated() {
            names[String(name)] = Unicode.Scalar(0xA0 + UInt32(offset))
        }
        names["euro"] = "€"
        return names
    }()
}

// Run by the JavaScript shell inside the validator's own jar, so that a Java runtime is enough and nothing is compiled.
// Arguments: files. One line of JSON for each file and each set of rules goes to the standard output.
importPackage(org.verapdf.pdfa);
var Flavour = org.verapdf.pdfa.flavours.PDFAFlavour;

java.util.logging.LogManager.getLogManager().reset();
org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider.initialise();
var foundry = Foundries.defaultInstance();

function failures(result) {
    var found = {};
    for (var it = result.getTestAssertions().iterator(); it.hasNext(); ) {
        var one = it.next();
        if (String(one.getStatus()) !== "failed") continue;
        var rule = String(one.getRuleId().getClause()) + "-" + one.getRuleId().getTestNumber();
        if (!(rule in found)) found[rule] = { rule: rule, says: String(one.getMessage()), where: String(one.getLocation().getContext()) };
    }
    return Object.keys(found).map(function (rule) { return found[rule]; });
}

Array.prototype.forEach.call(arguments, function (file) {
    [Flavour.PDFUA_1, Flavour.PDFA_3_A].forEach(function (flavour) {
        var parser = foundry.createParser(new java.io.File(file), flavour);
        var result = foundry.createValidator(flavour, false).validate(parser);
        print(JSON.stringify({
            file: file, rules: String(flavour.getId()), passed: Boolean(result.isCompliant()),
            checks: Number(result.getTotalAssertions()), failed: failures(result),
        }));
        parser.close();
    });
});
